"""Report jobs: asked for, polled until ready, then fetched as a gzip file from an address that needs no signature."""

import gzip
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from simulator.world.model import AdAccount, Door
from simulator.x_ads import views
from simulator.x_ads.envelope import Json, route_not_found
from simulator.x_ads.gate import Answer, Settings, Visit
from simulator.x_ads.quotas import too_many_requests
from simulator.x_ads.stats import answer, ask
from simulator.x_ads.stats_question import Question

JOB_DAYS = 90
MOST_RUNNING = 100
MOST_ASKED = 200
FILES = "/advertiser-api-async-analytics"
KEPT = timedelta(days=2)
ABANDONED_AFTER = timedelta(minutes=5)  # of real time: a job nobody asks for any more does not count as running
FIRST_ID = 1_460_000_000_000_000_000  # beyond 2^53, where JSON readers that use doubles go wrong


@dataclass
class Job:
    number: int
    account: AdAccount
    question: Question
    created_at: datetime
    asked_at: datetime  # real time
    echo: Json
    polls: int = 0
    body: bytes | None = None  # set once the job is done

    @property
    def file(self) -> str:
        return sha256(f"{self.number} {self.account.id}".encode()).hexdigest()[:40]


class Jobs:
    def __init__(self, door: Door, settings: Settings) -> None:
        self._door = door
        self._settings = settings
        self._jobs: dict[int, Job] = {}
        self._made = 0

    def create(self, visit: Visit) -> Answer:
        question = ask(visit, most_days=JOB_DAYS, is_job=True, most_complex=self._settings.most_complex)
        now = self._door.wall_clock()
        self._forget_expired()
        running = [
            job
            for job in self._jobs.values()
            if job.account.id == visit.account.id and job.body is None and now - job.asked_at < ABANDONED_AFTER
        ]
        if len(running) >= MOST_RUNNING:
            raise too_many_requests({"x-account-rate-limit-reset": str(int(now.timestamp()) + 60)})
        self._made += 1
        job = Job(
            number=FIRST_ID + self._made,
            account=visit.account,
            question=question,
            created_at=self._door.world.now(),
            asked_at=now,
            echo=visit.params.echo(),
        )
        self._jobs[job.number] = job
        return Answer(data=self._view(job), status=201)

    def status(self, visit: Visit) -> Answer:
        """A single job is answered with a cursor that leads to an empty page, as the real documentation shows."""
        asked = visit.params.listed("job_ids", most=MOST_ASKED)
        mine = [job for job in self._jobs.values() if job.account.id == visit.account.id]
        found = [job for job in mine if not asked or str(job.number) in asked]
        if visit.params.text("cursor") is not None:
            return Answer(data=[], more={"next_cursor": None})
        for job in found:
            job.polls += 1
            if job.body is None and job.polls > self._settings.polls_until_ready:
                job.body = self._run(job)
        cursor = views.base36(found[0].number) if len(found) == 1 else None
        return Answer(data=[self._view(job) for job in found], more={"next_cursor": cursor})

    def download(self, request: Request) -> Response:
        wanted = request.path_params["file"]
        for job in self._jobs.values():
            if job.file == wanted and job.body is not None and not self._is_expired(job):
                return Response(job.body, media_type="application/gzip")
        return route_not_found()

    def _run(self, job: Job) -> bytes:
        content = {
            "data_type": "stats",
            "time_series_length": job.question.buckets,
            "data": answer(self._door.world, job.account, job.question),
            "request": {"params": job.echo},
        }
        return gzip.compress(json.dumps(content, separators=(",", ":")).encode(), mtime=0)

    def _view(self, job: Job) -> Json:
        question = job.question
        url = f"{self._door.base_url()}{FILES}/{job.file}.json.gz" if job.body is not None else None
        return {
            "id": job.number,
            "id_str": str(job.number),
            "account_id": job.account.id,
            "status": "SUCCESS" if job.body is not None else "PROCESSING",
            "url": url,
            "expires_at": views.instant(job.created_at + KEPT) if url else None,
            "created_at": views.instant(job.created_at),
            "updated_at": views.instant(self._door.world.now()),
            "start_time": views.instant(question.span.start),
            "end_time": views.instant(question.span.end),
            "entity": question.entity,
            "entity_ids": list(question.ids),
            "placement": question.placement,
            "granularity": question.granularity,
            "metric_groups": list(question.groups),
            "segmentation_type": question.segmentation,
            "platform": None,
            "country": None,
        }

    def _is_expired(self, job: Job) -> bool:
        return self._door.world.now() >= job.created_at + KEPT

    def _forget_expired(self) -> None:
        self._jobs = {number: job for number, job in self._jobs.items() if not self._is_expired(job)}
