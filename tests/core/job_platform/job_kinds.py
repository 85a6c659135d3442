"""The kinds of job of the platform with jobs."""

from __future__ import annotations

from annoport.core.contract.extensions import (
    Download,
    JobCancel,
    JobKind,
    JobProgress,
    JobResult,
    JobRetention,
    JobStates,
    JobSteps,
    ListedFile,
)

STATES = JobStates(
    pending=("P",), running=("R",), asking=("A",), done=("F",), failed=("E",), cancelled=("C",)
)

JOB_KINDS: dict[str, JobKind] = {
    "export": JobKind(
        poll="get_job",
        listed_by="list_jobs",
        status="/state",
        states=STATES,
        progress=JobProgress(at="/percent", full=100),
        message="/text",
        errors="/errors",
        question="/question",
        answer="answer_job",
        answer_help="give {'users': {name: id}}",
        cancel=JobCancel(operation="cancel_job"),
        restart="restart_job",
        log="job_log",
        result=JobResult(
            file_operation="job_file", file_name="/result/out_file", value="/result/rows"
        ),
        grace=0.5,
    ),
    "slow": JobKind(poll="get_job", status="/state", states=STATES, slow_start=0.0),
    "linked": JobKind(
        poll="get_job",
        status="/state",
        states=STATES,
        ignore_case=True,
        cancel=JobCancel(operation="cancel_job", states=("P",)),
        result=JobResult(file_url="/result/url"),
        download=Download(ranges="any", validator="etag"),
        gone_after=2,
        reread_failure=True,
        retention=(JobRetention(id="^x", done=120), JobRetention(done=3600, failed=2_592_000)),
    ),
    "listed": JobKind(
        poll="get_job",
        status="/state",
        states=STATES,
        result=JobResult(
            listed=(
                ListedFile(
                    listed_by="list_files",
                    job="/job",
                    name="/name",
                    arguments={"folder": "{/text}", "job": "{@job}"},
                    url="/url",
                    download=Download(ranges="any", validator="etag"),
                ),
                ListedFile(
                    listed_by="list_objects",
                    job="/job",
                    name="/name",
                    arguments={"job": ("of {@job}", "all")},
                    key="/key",
                    sign="sign",
                    sign_arguments={"folder": "{/text}"},
                    download=Download(ranges="any", validator="etag", origin="other"),
                ),
            )
        ),
    ),
    "fileless": JobKind(poll="get_job", status="/state", states=STATES),
    "packing": JobKind(
        poll="get_job",
        status="/state",
        states=STATES,
        steps=JobSteps(at="/steps", name="task", status="state", id="id", children="children"),
        result=JobResult(value="/crate", instead="result() is the crate"),
    ),
    "walk": JobKind(poll="get_job", status="/state", states=STATES),
}
