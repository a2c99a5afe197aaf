"""The command line: parse, call, echo, exit code.  Heavy modules are imported inside the commands.

Exit: 0 done · 1 done, and ``--strict`` found errors · 2 command or input cannot be used · 3 the workbook was busy and
is not written, the review is made · 4 internal error; of several workbooks the worst.
"""

from __future__ import annotations

import datetime as dt
import gc
import itertools
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from crmsheet import __version__
from crmsheet.usage import Minutes, Whole, Word, complete_explain, complete_policy, usage_line

if TYPE_CHECKING:
    from crmsheet.job import Job
    from crmsheet.texts import Lang

Command = TypeVar("Command", bound=Callable[..., Any])


def default_lang() -> Lang:
    """Chinese, unless the locale is an English one (C and POSIX are not)."""
    locale = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "en" if locale.lower().startswith("en") else "zh"


def asked_lang(words: Sequence[str]) -> Lang:
    """The language of a command line that could not be parsed."""
    told = [b for a, b in itertools.pairwise(words) if a == "--lang"] + [word.removeprefix("--lang=") for word in words]
    return "en" if "en" in told else "zh" if "zh" in told else default_lang()


class Day(click.ParamType[dt.date]):
    """A date option: 2024-03-05."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        """Raises UsageError with one line."""
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(str(value))
        except ValueError:
            from crmsheet.texts import say

            self.fail(say("cli", "bad_date", default_lang(), value=value), param, ctx)


def _several(command: Command) -> Command:
    """Workbooks, and the options of every command on a workbook."""
    argument = click.argument("workbooks", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="WORKBOOK...")
    return argument(_shared(command))


def _shared(command: Command) -> Command:
    """Options of every command on a workbook."""
    options = [
        click.option("--policy", metavar="NAME|FILE", shell_complete=complete_policy, help="策略预设名或策略文件 / a preset or a policy file"),
        click.option("--as-of", type=Day(), metavar="DATE", help="按哪一天计算，默认今天 / the day to reckon from (today)"),
        click.option("--strict", is_flag=True, help="有错误级数据问题时退出码为 1 / exit 1 when findings hold errors"),
        click.option("--password-file", type=click.Path(path_type=Path), metavar="FILE",
                     help="工作簿密码所在的文件 / a file that holds the workbook's password"),
    ]  # fmt: skip
    command = _of_all(command)
    for option in reversed(options):
        command = option(command)
    return command


def _of_all(command: Command) -> Command:
    """Options of every command that does some work."""
    options = [
        click.option("--json", "as_json", is_flag=True, help="标准输出只打印 JSON / print only the result document"),
        click.option("--quiet", is_flag=True, help="不打印摘要，只报错 / print nothing but faults"),
        click.option("--lang", type=Word(["zh", "en"], default_lang), default=default_lang, help="语言 / language"),
        click.option("--debug", is_flag=True, help="出错时显示完整堆栈 / show the traceback of an error"),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(__version__, prog_name="crmsheet")
def cli() -> None:
    """每周跑一次：检查客户表、评定等级、安排下一步，写回原工作簿，并生成复盘报告。

    The weekly run over a sales team's customer workbook: check, grade, plan, write back, review.
    """


_wait = click.option(
    "--wait", type=Minutes(default_lang), default=0, metavar="MINUTES",
    help="文件被占用时最多等几分钟 / minutes to wait for whoever has the file",
)  # fmt: skip


_logs = click.option(
    "--log", "logs", multiple=True, type=click.Path(path_type=Path), metavar="FILE|DIR",
    help="跟进记录另存的工作簿或 .csv，或放它们的文件夹，只读，可多次给出 / a workbook or .csv of follow-ups, or a folder of them, only read; may be given several times",
)  # fmt: skip


@cli.command()
@_several
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="报告文件夹，默认 crmsheet-reviews / folder of the review")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="写到副本，原文件不动 / write a copy instead")
@click.option("--dry-run", is_flag=True, help="只列出会改动的单元格，不写任何文件 / list the cells that would change, write nothing")
@click.option("--period", type=Word(["week", "month", "quarter"], default_lang), default="week", help="报告周期 / period of the review")
@click.option("--approve", metavar="all|TIER|adjustments",
              help="负责人批量同意等待中的建议（全部、某一级、或策略调整） / agree to what waits: all, one tier, or the strategies' adjustments")
@click.option("--approver", metavar="NAME", help="批量同意的负责人，记入变更记录 / who agrees, for the record")
@click.option("--decisions", multiple=True, type=click.Path(path_type=Path), metavar="REVIEW.xlsx",
              help="读回 Excel 报告“待审核”表里的决定，可多次给出 / apply the decisions made in an Excel review; may be given several times")
@_logs
@click.option("--per-owner", is_flag=True, help="为每位负责人另存一份只含其客户的 HTML 和 Excel / a page and an Excel file for each owner")
@click.option("--review-password-file", type=click.Path(path_type=Path), metavar="FILE",
              help="给 Excel 报告加密码（写在此文件里）；网页和 JSON 不能加密，就不写 / seal the Excel reviews; pages and JSON, which have no lock, are left out")
@click.option("--open", "open_review", is_flag=True, help="完成后在浏览器中打开报告 / open the review in the browser")
@click.option("--jobs", type=Whole(default_lang), default=1, metavar="N", help="同时处理几个工作簿 / workbooks at once, each in a process of its own")
@click.option("--executor", metavar="dask://HOST:PORT", help="在 Dask 集群上运行，各机器须看到同样的文件夹 / over a Dask cluster whose machines see the same folders")
@click.option("--rollup", type=click.Path(path_type=Path), metavar="DIR",
              help="另存一份各团队的汇总：对照、跨团队重复客户、被冷落的最高级客户 / a page over all workbooks: side by side, shared and neglected customers")
@_wait
def process(workbooks: Sequence[Path], **given: Any) -> int:
    """处理工作簿：写回系统列，生成复盘报告 / run over workbooks, write them back, make the review."""
    from crmsheet.process_command import process_all

    job = _job(given)
    return _guarded(lambda: process_all(workbooks, job), job)


@cli.command()
@_several
@_logs
@click.option("--tag", "tags", multiple=True, metavar="TAG",
              help="只列出带此标签的客户，可多次给出，须同时具备，如 --tag 新能源 --tag 规模-大型企业 / list the customers with all of these tags")
def check(workbooks: Sequence[Path], **given: Any) -> int:
    """只读检查：识别了哪些列，发现了哪些问题 / read only: what was recognised, what is wrong."""
    from crmsheet.commands import check_all

    job = _job(given)
    return _guarded(lambda: check_all(workbooks, job), job)


@cli.command()
@click.argument("asked", nargs=-1, required=True, metavar="WORKBOOK CUSTOMER | CODE", shell_complete=complete_explain)
@_shared
@_logs
def explain(asked: Sequence[str], **given: Any) -> int:
    """解释一个客户（按编号、名称或单元格），或一个问题代码 / all about one customer, or about a finding code; reads only."""
    from crmsheet.commands import explain_one

    job = _job(given)
    if len(asked) > 2:
        raise click.UsageError(job.say("explain_many"))
    return _guarded(lambda: explain_one(asked, job), job)


@cli.command()
@click.argument("workbook", type=click.Path(path_type=Path))
@_shared
@click.option("--list", "listing", is_flag=True, help="列出可恢复的备份 / list the backups")
@_wait
def undo(workbook: Path, **given: Any) -> int:
    """撤销上次写回：恢复写回之前的文件，可连续多步 / bring back the file as it was before the last write."""
    from crmsheet.commands import undo_one

    job = _job(given)
    return _guarded(lambda: undo_one(workbook, job), job)


@cli.command()
@click.argument("workbook", type=click.Path(path_type=Path))
@_shared
@click.option("--ics", type=click.Path(path_type=Path), metavar="DIR",
              help="为每位负责人和全队各写一个日历文件，可反复导入 / a calendar for each owner and one for the team; importing again updates")
@click.option("--digest", is_flag=True, help="附上给负责人的全队逾期汇总 / add the lead's summary of everything overdue")
@click.option("--send", is_flag=True, help="发邮件、发到企业微信/钉钉/飞书群（见 crmsheet.toml 的 [remind]），同一项同一天不重发 / by mail and to the team's robots; nothing twice a day")
@click.option("--dry-run", is_flag=True, help="只显示（含将要发送的消息），不写日历、不发送 / show all, messages too; write and send nothing")
def remind(workbook: Path, **given: Any) -> int:
    """提醒：逾期、今日、明日（下一工作日）到期的待办，按负责人 / what is overdue, due today and tomorrow, by owner; reads only."""
    from crmsheet.todo_commands import remind_one

    job = _job(given | {"now": time.time})
    return _guarded(lambda: remind_one(workbook, job), job)


@cli.command("plan")
@click.argument("workbook", type=click.Path(path_type=Path))
@_shared
@click.option("--period", type=Word(["week", "month", "quarter"], default_lang), default="week", help="到本周、本月或本季末 / to the end of the week, month or quarter")
def plan_(workbook: Path, **given: Any) -> int:
    """计划：每人每天联系谁，均匀排开、不超可做次数，排不下的说明 / who contacts whom on which day, and what has no room; reads only."""
    from crmsheet.todo_commands import plan_one

    job = _job(given)
    return _guarded(lambda: plan_one(workbook, job), job)


@cli.command()
@click.argument("workbook", type=click.Path(path_type=Path))
@_shared
@click.option("--from", "leaver", metavar="NAME", help="谁要交出客户（按“负责人”列的写法），不必已在人员表登记离职 / whose customers, whether or not 人员 says that they leave")
@click.option("--to", metavar="NAME", help="由谁接手；不写则按角色和空余提出人选 / who takes over; else somebody is proposed")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="另存一页 HTML 和一份 Excel 到此文件夹 / leave a page and an Excel file in this folder as well")
def handover(workbook: Path, **given: Any) -> int:
    """交接：谁离职、谁升级后需换人，由谁接手，接手人要知道什么 / who takes over which customers, and what they must know; reads only."""
    from crmsheet.handover_command import handover_one

    job = _job(given)
    return _guarded(lambda: handover_one(workbook, job), job)


@cli.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@_shared
@click.option("--preset", metavar="NAME", shell_complete=complete_policy, help="采用哪套规则，默认 priority；见 crmsheet policy list / the rules to follow (priority)")
@click.option("--from", "source", type=click.Path(path_type=Path), metavar="WORKBOOK",
              help="看一份自己的表格，提出 crmsheet.toml 供核对 / propose a crmsheet.toml for a workbook of your own")
@click.option("--write", is_flag=True, help="把建议写成表格旁边的 crmsheet.toml，不覆盖 / put it beside the workbook; never over another")
def init(file: Path | None, preset: str | None, **given: Any) -> int:
    """新建一个空白工作簿，或为自己的表格提出设置 / a blank workbook, or the settings that your own one needs."""
    from crmsheet.start_commands import init_one

    given["policy"] = preset or given["policy"]
    job = _job(given)
    return _guarded(lambda: init_one(file, job), job)


@cli.command()
@click.argument("workbook", required=False, type=click.Path(path_type=Path))
@_shared
@click.pass_obj
def doctor(console: str | None, /, workbook: Path | None, **given: Any) -> int:
    """检查能不能运行：环境、权限、占用、密码、表头，各附解决办法 / whether a run can work here, and what to do if not."""
    from crmsheet.start_commands import doctor_one

    job = _job(given)
    return _guarded(lambda: doctor_one(workbook, console, job), job)


@cli.command()
@click.argument("folder", required=False, default="crmsheet-demo", type=click.Path(path_type=Path), metavar="[DIR]")
@_of_all
@click.option("--as-of", type=Day(), metavar="DATE", help="最后一周是哪一天，默认今天 / the day of the last week (today)")
@click.option("--open", "open_review", is_flag=True, help="完成后在浏览器中打开最后一份报告 / open the last review in the browser")
def demo(folder: Path, **given: Any) -> int:
    """造一个示例团队，跑满八周：每周有人跟进、审核、改动 / a lifelike team over eight weeks, with people's edits in between."""
    from crmsheet.start_commands import demo_one

    job = _job(given)
    return _guarded(lambda: demo_one(folder, job), job)


_page = click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="另存 HTML 和 Excel 各一份到此文件夹 / leave it as an HTML page and an Excel file in this folder as well")


@cli.command()
@click.argument("workbook", type=click.Path(path_type=Path))
@_shared
@_page
def simulate(workbook: Path, **given: Any) -> int:
    """换成 --policy 的规则会怎样：谁会变、为什么、每人每周多几次联系；只读 / what the rules of --policy would change; reads only."""
    from crmsheet.lab_commands import simulate_one

    job = _job(given)
    return _guarded(lambda: simulate_one(workbook, job), job)


@cli.command()
@click.argument("workbook", type=click.Path(path_type=Path))
@_shared
@click.option("--from", "first", type=Day(), required=True, metavar="DATE", help="从哪一天起，逐月回看 / the first day; months are counted from it")
@click.option("--to", "last", type=Day(), required=True, metavar="DATE", help="到哪一天为止 / the last day")
@_page
def backtest(workbook: Path, first: dt.date, last: dt.date, **given: Any) -> int:
    """逐月回看：等级高的是否真的成交多、复购多、流失少，谁被冷落，实际节奏；只读 / were higher tiers worth more, month by month; reads only."""
    from crmsheet.lab_commands import backtest_one

    job = _job(given)
    return _guarded(lambda: backtest_one(workbook, first, last, job), job)


@cli.command()
@click.argument("workbook", type=click.Path(path_type=Path))
@_shared
@click.option("--dry", is_flag=True, help="只提建议，不改任何东西；总是如此 / only propose: it never does anything else")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="把建议的策略文件存到此文件夹 / leave the proposed policy in this folder")
@click.option("--from", "first", type=Day(), metavar="DATE", help="从哪一天起看结果，默认跟进记录的第一天 / the first day of outcomes (the log's)")
def learn(workbook: Path, dry: bool, first: dt.date | None, **given: Any) -> int:
    """从成交、复购、流失的记录学：哪些指标看得出谁会买，建议怎样的权重；只读 / which criteria told who would buy; proposes weights, reads only."""
    from crmsheet.lab_commands import learn_one

    job = _job(given)
    return _guarded(lambda: learn_one(workbook, first, job), job)


def _sealing(command: Command) -> Command:
    """Options of protect and reveal."""
    options = [
        click.argument("workbook", type=click.Path(path_type=Path)),
        click.option("--columns", multiple=True, required=True, metavar="A,B",
                     help="要加密或还原的列，用表头或字段名，逗号分隔 / columns by header or field, parted by commas"),
        click.option("--key-file", type=click.Path(path_type=Path), metavar="F",
                     help="密钥文件（32 字节的 base64），默认用环境变量 CRMSHEET_KEY / file with the key; default: CRMSHEET_KEY"),
        click.option("--dry-run", is_flag=True, help="只列出会改动的单元格，不写任何文件 / list the cells that would change, write nothing"),
        _wait,
        _shared,
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@cli.command()
@_sealing
@click.option("--old-key-file", type=click.Path(path_type=Path), metavar="F",
              help="更换密钥：旧密钥文件 / change keys: the file with the old one")
@click.option("--purge-backups", is_flag=True, help="删除旧备份，而不是一并加密 / remove the older backups instead of sealing them too")
def protect(workbook: Path, columns: Sequence[str], **given: Any) -> int:
    """加密指定的列，只有持密钥者能还原 / seal columns in place; only the key opens them."""
    from crmsheet.seal_command import protect_one

    job = _job(given)
    return _guarded(lambda: protect_one(workbook, columns, job), job)


@cli.command()
@_sealing
def reveal(workbook: Path, columns: Sequence[str], **given: Any) -> int:
    """用密钥还原加密的列 / open sealed columns with their key."""
    from crmsheet.seal_command import reveal_one

    job = _job(given)
    return _guarded(lambda: reveal_one(workbook, columns, job), job)


@cli.command()
@click.argument("workbook", type=click.Path(path_type=Path))
@click.argument("customer")
@_shared
@click.option("--remove", is_flag=True, help="清除：客户的各行清空，记录里换成代号 / clear the customer's rows, put a sign in its place in the records")
@click.option("--backups", is_flag=True, help="同时删除含有该客户的旧备份 / with --remove: delete the backups that hold the customer")
@click.option("--reviews", is_flag=True, help="同时删除含有该客户的旧报告 / with --remove: delete the reviews that hold the customer")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="报告文件夹，默认 crmsheet-reviews / folder of the reviews")
@click.option("--dry-run", is_flag=True, help="只列出会改动的单元格，不写任何文件 / list the cells that would change, write nothing")
@_wait
def forget(workbook: Path, customer: str, **given: Any) -> int:
    """列出一个客户出现的所有地方；--remove 清除 / every place where a customer stands; --remove clears them."""
    from crmsheet.forget_command import forget_one

    job = _job(given)
    return _guarded(lambda: forget_one(workbook, customer, job), job)


@cli.command()
@_several
@_logs
@click.option("--to", required=True, metavar="URL|FILE",
              help="数据库地址（postgresql://…）、文件（.db、.duckdb）或 Parquet 文件夹（.parquet） / a database's URL, a file of SQLite or DuckDB, or a folder of Parquet files")
@click.option("--team", metavar="NAME", help="在数据库中的名称，默认为文件夹/文件名；只用于一个工作簿 / the workbook's name there")
def export(workbooks: Sequence[Path], **given: Any) -> int:
    """把一次运行的结果导入数据库，可重复导入；工作簿只读 / results into a database, again and again; reads only."""
    from crmsheet.export_command import export_all

    job = _job(given)
    return _guarded(lambda: export_all(workbooks, job), job)


@cli.group()
def policy() -> None:
    """策略预设 / policies."""


@policy.command("list")
def policy_list() -> None:
    """列出预设 / list the presets."""
    import tomllib

    from crmsheet.resources import template_names, template_text

    for name in template_names("policies", ".toml"):
        entry = tomllib.loads(template_text(f"policies/{name}.toml"))
        click.echo(f"{name:10} {entry['title']} / {entry['title_en']}")


@policy.command("show")
@click.argument("name", metavar="NAME|FILE", shell_complete=complete_policy)
@_of_all
def policy_show(name: str, **given: Any) -> int:
    """打印一个策略的 TOML，自己的文件连同继承的部分 / print a policy's TOML, a file's with what it inherits."""
    from crmsheet.lab_commands import show_policy

    job = _job(given)
    return _guarded(lambda: show_policy(name, job), job)


@policy.command("check")
@click.argument("name", metavar="NAME|FILE", shell_complete=complete_policy)
@_of_all
@click.option("--as-of", type=Day(), metavar="DATE", help="示例按哪一天计算，默认今天 / the day to grade the examples on (today)")
def policy_check(name: str, **given: Any) -> int:
    """检查策略：漏评、重叠、轮不到的规则，自相矛盾的节奏，并试算其中的示例 / find gaps, overlaps, contradictions; try its examples."""
    from crmsheet.lab_commands import check_policy

    job = _job(given)
    return _guarded(lambda: check_policy(name, job), job)


@policy.command("diff")
@click.argument("one", metavar="A", shell_complete=complete_policy)
@click.argument("other", metavar="B", shell_complete=complete_policy)
@_of_all
def policy_diff(one: str, other: str, **given: Any) -> int:
    """用日常语言列出两个策略的不同 / what policy B says otherwise than A, in plain words."""
    from crmsheet.lab_commands import diff_policies

    job = _job(given)
    return _guarded(lambda: diff_policies(one, other, job), job)


@cli.command()
@click.argument("document", required=False, default="result", type=Word(["result", "explain", "remind", "plan", "handover", "rollup"], default_lang))
def schema(document: str) -> None:
    """打印 --json 输出的 JSON Schema，默认是结果文档 / print the JSON Schema of what --json prints (of the result document)."""
    from crmsheet.resources import template_text

    click.echo(template_text(f"{document}.schema.json"), nl=False)


def _job(given: dict[str, Any]) -> Job:
    from crmsheet.job import Job

    given["as_of"] = given.get("as_of") or dt.date.today()  # the only place that reads the clock
    return Job(**given)


def _guarded(work: Callable[[], int], job: Job) -> int:
    """Run, and turn a fault of ours into exit 4 with one line; ``--debug`` shows where it happened."""
    from crmsheet.texts import say

    try:
        return work()
    except BrokenPipeError:  # whoever read our output has gone, as with `| head`: the work itself is done
        return 0
    except Exception as error:
        if job.debug:
            raise
        click.echo(say("cli", "internal", job.lang, kind=type(error).__name__), err=True)
        return 4


def main() -> NoReturn:
    """Entry point.  A run's millions of small values live to its end, and then the process ends: neither walking them
    meanwhile nor taking them apart one by one at the end is of any use, and both together cost a fourth of a run."""
    gc.disable()
    code = invoke()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # nobody listens any more
            stream.flush()
    os._exit(code)


def invoke() -> int:
    """Run the command line and return its exit code.

    Usage errors are one line on stderr and exit 2; text is UTF-8 or replaced, never a crash.
    """
    console = sys.stdout.encoding  # as it was found: doctor says what it can show
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8" if (stream.encoding or "").lower() in ("ascii", "ansi_x3.4-1968") else None,
                               errors="replace")  # fmt: skip
    try:
        return int(cli.main(prog_name="crmsheet", standalone_mode=False, obj=console) or 0)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        from crmsheet.texts import say

        lang = asked_lang(sys.argv[1:])
        click.echo(say("cli", "refused", lang, line=usage_line(error, lang)), err=True)
        return 2
    except click.Abort:
        return 130
