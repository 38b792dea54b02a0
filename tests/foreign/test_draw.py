"""R36: the draw of enterprises and officers, drawn again from its record by other hands (docs/office.md, "The draw")."""

import datetime
import hashlib
import json
import subprocess

DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def code(n):
    head = f"91510822MA{n:07}"
    total = sum(DIGITS.index(c) * pow(3, i, 31) for i, c in enumerate(head))
    return head + DIGITS[-total % 31]


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def draw(key, label, items, take):
    items, counter = list(items), 0
    for i in range(min(take, len(items))):
        left = len(items) - i
        while True:
            digest = sha(b"mz1/draw\0", key, label.encode(), b"\0", counter.to_bytes(8, "big"))
            counter += 1
            number = int.from_bytes(digest[:8], "big")
            if number < 2**64 - 2**64 % left:
                break
        j = i + number % left
        items[i], items[j] = items[j], items[i]
    return items[:take]


def test_r36_a_draw_is_drawn_again_from_its_record(office, tmp_path):
    folder = tmp_path / "office"

    def say(*arguments):
        config = [] if arguments[0] == "init" else ["--config", str(folder / "mingzheng.toml")]
        done = subprocess.run([office, *config, *arguments], check=True, capture_output=True, text=True)
        return done.stdout

    say("init", "--organ", "某县卫生健康局", str(folder))
    for n in range(5):
        fields = dict(name=f"张{'一二三四五'[n]}", unit="某县卫生监督所", position="科员", number=f"11000{n}", category="卫生监督", area="某县", until="2030-12-31")
        say("enroll", "--json", *(a for k, v in fields.items() for a in (f"--{k}", v)))
    table = tmp_path / "list.csv"
    table.write_text("code,name,address,area,category\n" + "".join(f"{code(n)},第{n}宾馆,,某县,住宿场所\n" for n in range(23)))
    say("enterprise", "import", str(table))
    conflicts = [dict(number="110001", code=code(n), reason="近亲属") for n in range(0, 23, 2)]
    china = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8)))
    plan = dict(title="抽查", matter="住宿场所卫生", items=["zhusu"], take=9, team=2, conflicts=conflicts, day=int(china.strftime("%Y%m%d")), by="周办", decided_by="孙局")
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan))
    number = json.loads(say("draw", "add", str(file), "--json"))["number"]
    say("draw", "run", number, "--words", "蓝 3 号", "--by", "周办")

    prepared, drawn = (s["step"] for s in json.loads(say("draw", "show", number, "--json"))["steps"])
    seed, lists = bytes.fromhex(drawn["seed"]), prepared["lists"]
    assert sha(b"mz1/draw-seed\0", seed).hex() == prepared["commitment"]
    key = sha(b"mz1/draw-key\0", seed, drawn["words"].encode())
    barred = {(c["number"], c["code"]) for c in lists["conflicts"]}
    expected = []
    for chosen in draw(key, "enterprises", [e["code"] for e in lists["enterprises"]], lists["take"]):
        free = [o["number"] for o in lists["officers"] if (o["number"], chosen) not in barred]
        expected.append(dict(code=chosen, officers=draw(key, f"officers:{chosen}", free, lists["team"])))
    assert len(expected) == 9
    assert drawn["result"] == expected
