"""Which courier each provider's name stands for."""

from collections.abc import Mapping
from secrets import token_hex

from chalicelib.notify.channels import aliyun, aliyun_sms, aliyun_voice, amazon, robots, web_push, webhook
from chalicelib.notify.channels.web import BotocoreWeb, GetSecret
from chalicelib.notify.courier import Courier


def couriers(get_secret: GetSecret, push_secret: str) -> Mapping[str, Courier]:
    """All couriers, by the provider that an address names. Each fetches its secret when it sends.

    `push_secret` names the deployment's VAPID key; the others' secrets are named by the addresses.
    """
    web = BotocoreWeb()
    sms = aliyun.Aliyun(web, aliyun.SMS, nonce)
    voice = aliyun.Aliyun(web, aliyun.VOICE, nonce)
    return {
        web_push.PROVIDER: web_push.WebPush(web, get_secret, push_secret),
        amazon.SNS: amazon.SnsSms(),
        aliyun_sms.PROVIDER: aliyun_sms.AliyunSms(sms, get_secret),
        amazon.CONNECT: amazon.ConnectVoice(get_secret),
        aliyun_voice.PROVIDER: aliyun_voice.AliyunVoice(voice, get_secret),
        "wecom": robots.wecom(web, get_secret),
        "feishu": robots.feishu(web, get_secret),
        "dingtalk": robots.dingtalk(web, get_secret),
        webhook.PROVIDER: webhook.Webhook(web, get_secret),
    }


def nonce() -> str:
    """A nonce: 32 hex digits, never the same twice."""
    return token_hex(16)
