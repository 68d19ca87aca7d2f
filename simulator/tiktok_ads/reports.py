"""`report/integrated/get/` and the report tasks: the same question, answered page by page or as a file later.

A task is queued, runs, and is done at the third look; its file is CSV. What the question means is in
`report_question`, what the rows hold in `report_rows`.
"""

import csv
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from simulator.tiktok_ads.call import Call
from simulator.tiktok_ads.envelope import Code, Outcome, Refusal
from simulator.tiktok_ads.lists import page_of
from simulator.tiktok_ads.report_question import question_of
from simulator.tiktok_ads.report_rows import Report, report_of

_LINK_LIVES = timedelta(hours=1)
_PROGRESS = ("QUEUING", "PROCESSING", "SUCCESS")


@dataclass(kw_only=True)
class Task:
    advertiser_id: str
    output_format: str
    file_name: str
    text: str
    looks: int = 0
    canceled: bool = False
    link_made_at: datetime | None = None

    @property
    def status(self) -> str:
        return "CANCELED" if self.canceled else _PROGRESS[min(self.looks, len(_PROGRESS)) - 1 if self.looks else 0]


def get_report(call: Call) -> Outcome:
    question = question_of(call)
    report = report_of(question, call.door.world, most_ads=call.limits.report_ads)
    if len(report.rows) > call.limits.report_rows:
        raise Refusal(Code.TOO_LARGE, "The query is too large. Please narrow down the time range or the dimensions.")
    shown, page_info = page_of(report.rows, call.parameters)
    data: dict[str, Any] = {"list": shown, "page_info": page_info}
    if question.total_metrics:
        data["total_metrics"] = report.total_metrics
    return Outcome(data=data, headers={"X-Tt-Ads-Throttle": "1"} if report.is_cut_off else {})


def create_task(call: Call) -> Outcome:
    asked = call.parameters
    question = question_of(call)
    output_format = asked.choice("output_format", ("CSV_STRING", "CSV_DOWNLOAD", "XLSX_DOWNLOAD"), default="CSV_STRING")
    if output_format == "XLSX_DOWNLOAD":
        raise Refusal(Code.NOT_IMPLEMENTED, "output_format: XLSX_DOWNLOAD is not produced by the practice world.")
    translated = asked.boolean("enable_report_title_translation", default=True) and output_format == "CSV_DOWNLOAD"
    report = report_of(question, call.door.world, most_ads=call.limits.report_ads)
    task_id = f"{7_100_000_000_000_000_000 + call.memory.next_number()}"
    call.memory.tasks[task_id] = Task(
        advertiser_id=question.accounts[0].id,
        output_format=output_format,
        file_name=(asked.optional_text("file_name") or "").strip() or f"report_{task_id}",
        text=_csv(report, (*question.dimensions, *question.metrics), titles=translated),
    )
    return Outcome(data={"task_id": task_id})


def check_task(call: Call) -> Outcome:
    task = _task(call)
    task.looks += 1
    return Outcome(data={"status": task.status, "message": ""})


def cancel_task(call: Call) -> Outcome:
    task = _task(call)
    if task.status == "SUCCESS":
        raise Refusal(Code.INVALID_PARAMETER, "The task has already finished.")
    task.canceled = True
    return Outcome(data={})


def download_task(call: Call) -> Outcome | Response:
    task = _task(call)
    if task.status != "SUCCESS":
        raise Refusal(Code.TASK_NOT_READY, f"The task is not ready: {task.status}.")
    if task.output_format == "CSV_STRING":
        return Response(task.text.encode(), media_type="text/csv")
    task.link_made_at = call.door.wall_clock()
    link = f"{call.door.base_url()}/open_api/files/{call.parameters.text('task_id')}.csv"
    return Outcome(data={"download_url": link, "file_name": f"{task.file_name}.csv"})


def linked_file(task: Task | None, now: datetime) -> Response:
    """The download link itself needs no token and lives for an hour."""
    if task is None or task.link_made_at is None:
        return Response("Not Found", status_code=404)
    if now - task.link_made_at > _LINK_LIVES:
        return Response("The link has expired", status_code=403)
    return Response(task.text.encode(), media_type="text/csv")


def _task(call: Call) -> Task:
    account = call.account
    task = call.memory.tasks.get(call.parameters.text("task_id"))
    if task is None or task.advertiser_id != account.id:
        raise Refusal(Code.NO_SUCH_OBJECT, "The task does not exist.")
    return task


def _csv(report: Report, columns: tuple[str, ...], *, titles: bool) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow([_title(name) if titles else name for name in columns])
    for row in report.rows:
        values = {**row["metrics"], **row["dimensions"]}
        writer.writerow([values[name] for name in columns])
    return written.getvalue()


def _title(name: str) -> str:
    """A column's name as people see it: "ad_id" is "Ad ID"."""
    capitals = {"id": "ID", "ctr": "CTR", "cpc": "CPC", "cpm": "CPM"}
    return " ".join(capitals.get(word, word.capitalize()) for word in name.split("_"))
