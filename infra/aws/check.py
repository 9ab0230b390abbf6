"""Our own test of what gets deployed, with cfn-lint and the SAM translator: `python -m infra.aws.check`.

Every finding is a sentence that says what to change.
"""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import click
from cfnlint import api as cfnlint
from cfnlint.config import ManualArgs
from samtranslator.metrics.metrics import DummyMetricsPublisher, Metrics
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from infra.aws import rules
from infra.aws.package import Package, PackagingError, make_package

# The two partitions we deploy to.
REGIONS = ("us-east-1", "cn-north-1")


def findings(package: Package) -> list[str]:
    """Everything that is wrong with the packaged template, in both partitions; empty when all is well."""
    template = json.loads(package.template.read_text())
    found = list(rules.breaches(template))
    for region in REGIONS:
        found += _linted(package.template, region)
        found += _translated(template, region)
    return list(dict.fromkeys(found))


def translate(template: dict[str, Any], region: str = REGIONS[0]) -> dict[str, Any]:
    """The CloudFormation template that AWS makes of a SAM template. Raises InvalidDocumentException."""
    uploaded = copy.deepcopy(template)
    for resource in uploaded["Resources"].values():
        for name in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
            resource["Properties"][name] = "s3://bucket/archive.zip"
    session = boto3.Session(region_name=region)
    metrics = Metrics("ours", DummyMetricsPublisher())
    translator = Translator({}, Parser(), boto_session=session, metrics=metrics)
    translated: dict[str, Any] = translator.translate(uploaded, parameter_values={"AWS::Region": region})
    metrics.publish()  # to nowhere; left unpublished, they complain
    return translated


def _linted(template: Path, region: str) -> Iterator[str]:
    matches = cfnlint.lint(template.read_text(), config=ManualArgs(regions=[region]))
    for match in matches:
        where = "/".join(map(str, match.path or []))
        yield f"cfn-lint, {region}: {match.message} ({match.rule.id} at {where})"


def _translated(template: dict[str, Any], region: str) -> Iterator[str]:
    try:
        translated = translate(template, region)
    except InvalidDocumentException as error:
        yield f"The SAM translator, {region}: {error.message}"
        return
    yield from rules.breaches(translated)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("build/package"))
def main(folder: Path) -> None:
    """Package into FOLDER and check what would be deployed."""
    try:
        package = make_package(folder)
    except PackagingError as error:
        raise click.ClickException(str(error)) from error
    found = findings(package)
    for finding in found:
        click.echo(f"- {finding}", err=True)
    if found:
        raise click.ClickException(f"{len(found)} things to change in the template or the policies.")
    click.echo(f"The packaged template is sound in {' and '.join(REGIONS)}.")


if __name__ == "__main__":
    main()
