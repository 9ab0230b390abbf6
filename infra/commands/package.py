"""`shouwang package`: what is deployed to AWS, and how to deploy it."""

from pathlib import Path

import click

from infra.aws.package import ROOT, Architecture, make_package
from infra.commands.shared import stderr, stdout

DEPLOY = """aws s3 mb s3://YOUR-BUCKET
aws cloudformation package --template-file {template} --s3-bucket YOUR-BUCKET \\
    --use-json --output-template-file {out}/deploy.json
aws cloudformation deploy --template-file {out}/deploy.json \\
    --s3-bucket YOUR-BUCKET --stack-name shouwang --capabilities CAPABILITY_IAM
export SHOUWANG_STACK=shouwang; shouwang doctor"""


@click.command("package")
@click.option(
    "--out", type=click.Path(path_type=Path), default=ROOT / "build" / "package", help="Folder to fill."
)
@click.option("--architecture", type=click.Choice(["x86_64", "arm64"]), default="x86_64", show_default=True)
def command(out: Path, architecture: Architecture) -> None:
    """Package the application for AWS, and say how to deploy it: the same in AWS and AWS China."""
    with stderr.status("packaging"):
        package = make_package(out, architecture=architecture)
    shown = (
        package.template
        if not package.template.is_relative_to(Path.cwd())
        else package.template.relative_to(Path.cwd())
    )
    stdout.print(f"Packaged into {shown.parent}. With the AWS CLI signed in, deploy it:", highlight=False)
    stdout.print(DEPLOY.format(template=shown, out=shown.parent), highlight=False, soft_wrap=True)
