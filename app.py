"""Makes the Chalice application and registers its blueprints; nothing else."""

from chalice.app import Chalice

from chalicelib.accounts import routes as accounts_routes
from chalicelib.accounts import staff_routes as accounts_staff_routes
from chalicelib.accounts import triggers as accounts_triggers
from chalicelib.alarms import case_routes as alarms_case_routes
from chalicelib.alarms import home_routes as alarms_home_routes
from chalicelib.alarms import ladder_routes as alarms_ladder_routes
from chalicelib.alarms import routes as alarms_routes
from chalicelib.alarms import triggers as alarms_triggers
from chalicelib.contract import routes as contract_routes
from chalicelib.http.application import complete
from chalicelib.notify import channel_routes as notify_channel_routes
from chalicelib.notify import routes as notify_routes
from chalicelib.onekey import routes as onekey_routes
from chalicelib.onekey import triggers as onekey_triggers
from chalicelib.registry import admin_routes as registry_admin_routes
from chalicelib.registry import consent_routes as registry_consent_routes
from chalicelib.registry import home_routes as registry_home_routes
from chalicelib.registry import privacy_routes
from chalicelib.registry import routes as registry_routes
from chalicelib.rota import arranged_routes as rota_arranged_routes
from chalicelib.rota import routes as rota_routes
from chalicelib.rota import team_routes as rota_team_routes
from chalicelib.telemetry import routes as telemetry_routes
from chalicelib.telemetry import triggers as telemetry_triggers
from chalicelib.watch import absence_routes as watch_absence_routes
from chalicelib.watch import routes as watch_routes
from chalicelib.watch import routine_routes as watch_routine_routes
from chalicelib.watch import triggers as watch_triggers

app = Chalice(app_name="shouwang", configure_logs=False)  # Powertools configures the logger of this name
app.api.binary_types = []

app.register_blueprint(accounts_triggers.triggers)
app.register_blueprint(telemetry_triggers.triggers)
app.register_blueprint(watch_triggers.triggers)
app.register_blueprint(alarms_triggers.triggers)
app.register_blueprint(onekey_triggers.triggers)
app.register_blueprint(accounts_routes.routes, url_prefix="/v1")
app.register_blueprint(accounts_staff_routes.routes, url_prefix="/v1")
app.register_blueprint(alarms_routes.routes, url_prefix="/v1")
app.register_blueprint(alarms_home_routes.routes, url_prefix="/v1")
app.register_blueprint(alarms_case_routes.routes, url_prefix="/v1")
app.register_blueprint(alarms_ladder_routes.routes, url_prefix="/v1")
app.register_blueprint(onekey_routes.routes, url_prefix="/v1")
app.register_blueprint(telemetry_routes.routes, url_prefix="/v1")
app.register_blueprint(watch_routes.routes, url_prefix="/v1")
app.register_blueprint(watch_routine_routes.routes, url_prefix="/v1")
app.register_blueprint(watch_absence_routes.routes, url_prefix="/v1")
app.register_blueprint(registry_routes.routes, url_prefix="/v1")
app.register_blueprint(registry_home_routes.routes, url_prefix="/v1")
app.register_blueprint(registry_admin_routes.routes, url_prefix="/v1")
app.register_blueprint(rota_team_routes.routes, url_prefix="/v1")
app.register_blueprint(rota_routes.routes, url_prefix="/v1")
app.register_blueprint(rota_arranged_routes.routes, url_prefix="/v1")
app.register_blueprint(registry_consent_routes.routes, url_prefix="/v1")
app.register_blueprint(privacy_routes.routes, url_prefix="/v1")
app.register_blueprint(notify_routes.routes, url_prefix="/v1")
app.register_blueprint(notify_channel_routes.routes, url_prefix="/v1")
app.register_blueprint(contract_routes.routes, url_prefix="/v1")

complete(app)
