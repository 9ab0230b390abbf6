"""Makes the Chalice application and registers its blueprints; nothing else."""

from chalice import Chalice

app = Chalice(app_name="shouwang")
