"""The office's numbers, read by Prometheus' own parser of OpenMetrics."""

import os
import subprocess
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families


def test_numbers_are_openmetrics(tmp_path):
    office = os.environ["MINGZHENG_OFFICE"]
    folder = tmp_path / "office"
    subprocess.run([office, "init", "--organ", "某县卫生健康局", folder], check=True, stdout=subprocess.DEVNULL)
    environment = {**os.environ, "MINGZHENG_METRICS": "127.0.0.1:0"}
    command = [office, "--config", folder / "mingzheng.toml", "serve", "--port", "0"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        said = {}
        for line in server.stdout:
            what, _, value = line.strip().partition(": ")
            said[what] = value
            if "one-time link" in what:
                break
        urllib.request.urlopen(said["地址 address"] + "/healthz").read()
        with urllib.request.urlopen(said["指标 metrics"]) as answer:
            assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
            page = answer.read().decode()
    finally:
        server.terminate()
        server.wait(timeout=20)
    families = {family.name: family for family in text_string_to_metric_families(page)}
    assert families["mingzheng_requests"].type == "counter"
    asked = {(s.labels["route"], s.labels["status"]): s.value for s in families["mingzheng_requests"].samples}
    assert asked[("/healthz", "200")] == 1
    assert families["mingzheng_request_duration_seconds"].type == "histogram"
    assert families["mingzheng_free_bytes"].unit == "bytes"
    assert families["mingzheng_log_size"].samples[0].value >= 0
