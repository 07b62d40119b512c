"""The log of a batch, as tests read it."""

import json


def lines(output):
    log = output / "isoform_log.jsonl"
    return [json.loads(each) for each in log.read_text().splitlines()]


def ended(output):
    return {each["input"]: each for each in lines(output) if each["status"] != "started"}
