"""The report for whoever decides: plain words in Chinese and English, two pictures, the tables. One file."""

from collections.abc import Callable
from html import escape
from typing import Any

from infra.evaluate.plots import Points, frontier, week_picture

STYLE = """
body{font:16px/1.6 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:#1f2937;
max-width:900px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.2rem}.en{color:#4b5563}
.big{display:flex;gap:1rem;flex-wrap:wrap}
.big div{flex:1 1 180px;background:#f0f7f4;border-radius:12px;padding:1rem}
.big b{display:block;font-size:1.9rem;color:#0b6e4f}
table{border-collapse:collapse;width:100%;font-size:.86rem}td,th{padding:.3rem .5rem;text-align:right;
border-bottom:1px solid #e5e7eb}td:first-child,th:first-child{text-align:left}
tr.ours td{background:#f0f7f4}.note{background:#fff7ed;border-radius:12px;padding:1rem}
svg{width:100%;height:auto;font:12px system-ui,sans-serif}.grid{stroke:#e5e7eb}
"""
NAMES = {
    "routine": "守望作息 / ours",
    "line": "时段警戒线 / alert line",
    "clock": "固定时长 / plain clock",
    "founding": "原来的12小时规则 / founding",
}
GROUPS = {"one_person": "独居户 / one-person homes", "all": "所有户 / all homes"}
STRESSES = {
    "lost_readings": "丢失一成消息 / 1 message in 10 lost",
    "batches_1h": "每小时才上报 / sent every hour",
    "batches_6h": "每6小时才上报 / sent every 6 h",
    "batches_24h": "每24小时才上报 / sent every 24 h",
    "leaks": "漏水或忘关电器 / leaks, or something left on",
    "drips": "滴漏 / a dripping tap",
    "timers": "定时运转的机器 / a machine on a timer",
    "visitors": "有客人来住 / visitors",
    "clock_change": "夏令时没有跟上 / clock change missed",
    "cold_start": "头四周 / first four weeks",
}
CALL = "先打电话 / a phone rings first"
_TWO_STEPS = (
    "先打电话，没人接再上门：电话可以打得早、打得多，门不必白敲。<br><span class=en>A call before the knock: "
    "a phone may ring early and often, and nobody walks in vain while it is answered.</span>"
)
FEW = 10
"""Of fewer homes than these is said that they are few."""
DAYS = ("一 Mon", "二 Tue", "三 Wed", "四 Thu", "五 Fri", "六 Sat", "日 Sun")


def report(found: dict[str, Any]) -> str:
    """The whole page."""
    groups = [name for name in GROUPS if name in found["groups"]]
    first = found["groups"][groups[0]]
    parts = [
        _intro(found, first, GROUPS[groups[0]]),
        *(_group(name, found["groups"][name]) for name in groups),
        _week(found),
        _apart(found),
    ]
    head = (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>守望 · evaluate</title>'
    )
    return f"{head}<style>{STYLE}</style>{''.join(parts)}</html>\n"


def _intro(found: dict[str, Any], group: dict[str, Any], who: str) -> str:
    rules = group["by_rule_and_budget"]
    ours, founding = rules["routine"]["12"], rules.get("founding", {}).get("as it is")
    boxes = [
        _visits(ours, "次白跑／每户每年", "needless visits per home and year"),
        _beside(
            _median, ours, founding, ("一半的跌倒在此之内被发现", "half of all falls are noticed within")
        ),
        _beside(_missed, ours, founding, ("四天内没有发现", "not noticed within four days")),
    ]
    if founding:
        boxes.insert(1, _visits(founding, "次白跑：原来的规则", "needless visits by the founding rule"))
    shown = "".join(f'<div><b>{b}</b>{zh}<br><span class="en">{en}</span></div>' for b, zh, en in boxes)
    days = found["method"]["learning_days"]
    return (
        "<h1>多久没有动静，该上门看看？<br>"
        "<span class=en>How long a silence should bring somebody to the door?</span></h1>"
        f"<p>用真实读数回放：每户先学{days}天，再往后判断。数据里的每一次警报都算白跑；"
        "再模拟跌倒，看多久能发现。<br>"
        f"<span class=en>Histories, replayed: each home teaches for {days} days and is judged after. "
        "Every alarm counts as needless; falls are simulated, to see how soon they are noticed. "
        f"Data: {escape(found['source'])}, {escape(found['zone'])}.</span></p>"
        f"<p>{who} · 预算每年12次 / at a budget of 12 a year<br>{_how_many(ours)}</p>"
        f'<div class="big">{shown}</div>'
        f"<p>{NAMES['founding']}：{found['method']['founding_zh']}。<br>"
        f'<span class="en">{escape(found["method"]["founding"])}.</span></p>'
        '<p class="note">这是规则在这些住户上的表现，不是医疗结论：没有人已知是独居老人，'
        f'数据里也没有真实的事故。<br><span class="en">{escape(found["note"])}</span></p>'
    )


def _visits(figures: dict[str, Any], zh: str, en: str) -> tuple[str, str, str]:
    """Needless visits, and how many they are with those to homes that were left for over 36 hours."""
    alarms = figures["false_alarms_a_year"]
    every = f"{alarms['mean']:.1f}"
    return (
        f"{alarms['without_absences']:.1f}",
        f"{zh}（连外出36小时以上的共{every}次）",
        f"{en} ({every} with those to homes left for over 36 h)",
    )


def _beside(
    told: Callable[[dict[str, Any]], str],
    ours: dict[str, Any],
    founding: dict[str, Any] | None,
    words: tuple[str, str],
) -> tuple[str, str, str]:
    """A figure of ours, and the founding rule's beside it, be it the better one."""
    zh, en = words
    if not founding:
        return told(ours), zh, en
    theirs = told(founding)
    return told(ours), f"{zh}（原来的规则：{theirs}）", f"{en} (by the founding rule: {theirs})"


def _median(figures: dict[str, Any]) -> str:
    hours = figures["delay_hours"]["median"]
    return "–" if hours is None else f"{hours:.1f} h"


def _missed(figures: dict[str, Any]) -> str:
    share = figures["missed_96h"]
    return "–" if share is None else f"{share:.1%}"


def _how_many(figures: dict[str, Any]) -> str:
    """On how many homes all this stands, and how far their median may be from others'."""
    homes, years, between = figures["homes"], figures["home_years"], figures["delay_hours"]["median_interval"]
    few, few_en = (
        ("，户数很少，结果可能只是碰巧", ": so few that it may be chance") if homes < FEW else ("", "")
    )
    zh, en = f"判断了{homes}户，共{years}户·年{few}", f"{homes} homes judged, {years} home-years{few_en}"
    if between:
        low, high = (f"{hour:.1f}" for hour in between)
        zh += f"；发现所需时间的中位数有95%的把握在{low}到{high}小时之间"
        en += f"; the median delay lies between {low} and {high} h (95 %)"
    return f"{zh}。<br><span class=en>{en}.</span>"


def _group(name: str, group: dict[str, Any]) -> str:
    rules = group["by_rule_and_budget"]
    curves: Points = {
        rule: [
            (m["false_alarms_a_year"]["without_absences"], m["delay_hours"]["median"])
            for m in budgets.values()
            if m and m["delay_hours"]["median"] is not None
        ]
        for rule, budgets in rules.items()
    }
    picture = frontier(
        curves,
        NAMES,
        x_title="白跑次数／户·年（不含36小时以上外出） needless visits per home and year, absences apart",
        y_title="发现所需小时（中位数） median hours to notice",
    )
    rows = [
        _row(
            f"{NAMES[rule]}{'' if budget == 'as it is' else f' · {budget}'}",
            budgets[budget],
            ours=rule == "routine",
        )
        for budget in ("as it is", *group["shown_budgets"])
        for rule, budgets in rules.items()
        if budget in budgets
    ]
    calls = [_row(f"{CALL} · {budget}", rules["routine"][budget], ours=False) for budget in ("52", "104")]
    stress = [
        _row(f"{STRESSES[what]}<br><small>{NAMES[rule]}</small>", m, ours=rule == "routine")
        for what, by_rule in group["stress_at_12"].items()
        for rule, m in by_rule.items()
    ]
    title = "<h3>出岔子时，预算每年12次 / when things go wrong, at a budget of 12 a year</h3>"
    more = title + _table(stress) if stress else ""
    return f"<h2>{GROUPS[name]}</h2>{picture}{_table([*rows, *calls])}<p>{_TWO_STEPS}</p>{more}"


def _table(rows: list[str]) -> str:
    titles = (
        "规则·预算<br>rule · budget",
        "白跑／年<br>needless a year",
        "不含外出<br>absences apart",
        "中间一户<br>median home",
        "九成住户以下<br>p90 home",
        "中位 h<br>median",
        "平均 h<br>mean",
        "95% h<br>p95",
        "白天 h<br>by day",
        "夜里 h<br>by night",
        "4天未发现<br>missed",
    )
    head = "".join(f"<th>{title}</th>" for title in titles)
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _row(name: str, figures: dict[str, Any], *, ours: bool) -> str:
    if not figures:
        return ""
    alarms, delay = figures["false_alarms_a_year"], figures["delay_hours"]
    low, high = alarms["without_absences_interval"]
    between = " <small>({}–{})</small>".format(*delay["median_interval"]) if delay["median_interval"] else ""
    cells = (
        name,
        alarms["mean"],
        f"{alarms['without_absences']} <small>({low}–{high})</small>",
        alarms["without_absences_median_home"],
        alarms["without_absences_p90_home"],
        "–" if delay["median"] is None else f"{delay['median']}{between}",
        delay["mean"],
        delay["p95"],
        delay["by_day"]["median"],
        delay["by_night"]["median"],
        _missed(figures),
    )
    body = "".join(f"<td>{'–' if cell is None else cell}</td>" for cell in cells)
    return f"<tr{' class=ours' if ours else ''}>{body}</tr>"


def _week(found: dict[str, Any]) -> str:
    week = found["week"]
    if not week or not week["points"]:
        return ""
    picture = week_picture(
        week,
        DAYS,
        allowed="到这条线就上门 / here somebody would knock (h)",
        silent="已安静多久 / quiet for (h)",
        sign="用水 / life sign",
    )
    return f"<h2>一户的一周 / a week of one home ({escape(week['home'])})</h2>{picture}"


def _apart(found: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{escape(home['household'])}</td><td>{home['reason_zh']}<br>"
        f"<span class=en>{escape(home['reason'])}</span></td></tr>"
        for home in found["homes_apart"]
    )
    if not rows:
        return ""
    return f"<h2>没有算在内的住户 / homes reported apart</h2><table>{rows}</table>"
