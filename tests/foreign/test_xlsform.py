"""Checklists as XLSForm: what we write is a form to pyxform and ODK Validate; what openpyxl writes as a user of ODK would is a checklist to us."""

import pathlib
import shutil
import subprocess
import tomllib
import xml.etree.ElementTree as xml

import openpyxl
import pytest
from pyxform.validators.odk_validate import ODKValidateError, check_xform
from pyxform.xls2xform import convert

PACK = pathlib.Path(__file__).parent.parent.parent / "packs/weisheng-jiandu"
CHECKLISTS = [row["id"] for row in tomllib.loads((PACK / "pack.toml").read_text())["checklist"]]
HTML = "{http://www.w3.org/1999/xhtml}"
XFORM = "{http://www.w3.org/2002/xforms}"


def run(office, *words):
    done = subprocess.run([office, "pack", *map(str, words)], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def pack(tmp_path):
    return pathlib.Path(shutil.copytree(PACK, tmp_path / "pack"))


def written(path, survey, choices=(), settings=()):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in (("survey", survey), ("choices", choices), ("settings", settings)):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("checklist", CHECKLISTS)
def test_each_checklist_is_a_form_that_odk_validate_accepts(office, tmp_path, checklist):
    book = tmp_path / "form.xlsx"
    code, said = run(office, "export-xlsform", PACK, checklist, book)
    assert code == 0, said
    form = convert(str(book))
    path = tmp_path / "form.xml"
    path.write_text(form.xform, encoding="utf-8")
    assert check_xform(str(path)) == []
    # It would have photographs made smaller, which evidence never is, and knows languages without their script only.
    assert all("max-pixels" in warning or "zh-Hans" in warning for warning in form.warnings), form.warnings

    # It does judge: a condition with a function that is not there is refused.
    path.write_text(form.xform.replace("<bind ", '<bind relevant="no-such-function(1)" ', 1), encoding="utf-8")
    with pytest.raises(ODKValidateError):
        check_xform(str(path))

    # Each line of the checklist is asked, in both languages, with the answers that it allows.
    tree = xml.fromstring(form.xform)
    lines = (PACK / f"checklists/{checklist}.csv").read_text().splitlines()[1:]
    asked = tree.findall(f".//{HTML}body/{XFORM}select1")
    assert [one.get("ref") for one in asked] == [f"/data/{line.split(',')[0]}" for line in lines if line]
    languages = [one.get("lang") for one in tree.findall(f".//{XFORM}translation")]
    assert sorted(languages) == ["English (en)", "中文 (zh-Hans)"]


def test_what_a_user_of_odk_writes_becomes_a_checklist(office, pack, tmp_path):
    book = written(
        tmp_path / "beauty.xlsx",
        [
            ("type", "name", "label::Chinese (zh)", "label::English (en)", "required", "constraint"),
            ("select_one result", "licence", "许可证悬挂在醒目位置", "The licence is displayed", True, None),
            ("image", "licence_photo", "照片", "Photograph", "yes", None),
            (None, None, None, None, None, None),
            ("select_one result", "towels", "毛巾一客一换", "Fresh towels for each client", "yes", None),
            ("decimal", "towels_ph", "毛巾 pH", "pH of towels", None, ". >= 6.5 and . <= 8.5"),
        ],
        [("list_name", "name", "label::Chinese (zh)"), ("result", "pass", "合格"), ("result", "fail", "不合格"), ("result", 1, "不适用")],
        [("form_title", "form_id", "version"), ("美容美发场所检查表", "beauty", 20260401)],
    )
    words = ["import-xlsform", book, "--into", pack]
    options = ["--title-en", "Beauty parlours", "--subject", "zhuti-weijian", "--basis", "gonggong-xize 22"]
    code, said = run(office, *words, *options)
    assert code == 0, said
    assert "survey!F6" in said and "6.5 – 8.5" in said, said
    assert run(office, "check", "--quick", pack)[0] == 0
    lines = (pack / "checklists/beauty.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["id", "licence", "towels"]
    code, said = run(office, *words, *options)
    assert code == 1 and "--replace" in said
    assert run(office, *words, *options, "--replace")[0] == 0


def test_what_checklists_do_not_have_is_named_and_nothing_is_written(office, pack, tmp_path):
    book = written(
        tmp_path / "form.xlsx",
        [
            ("type", "name", "label::zh", "label::en", "relevant"),
            ("begin_repeat", "rooms", "客房", "Rooms", None),
            ("select_one result", "clean", "清洁", "Clean", "${x} > 1"),
            ("end_repeat", None, None, None, None),
            ("select_one result", "sum", "=1+1", "Sum", None),
        ],
        [("list_name", "name"), ("result", "pass"), ("result", "fail")],
        [("form_title", "form_id"), ("客房", "rooms")],
    )
    before = sorted((path, path.read_bytes()) for path in pack.rglob("*") if path.is_file())
    words = ["import-xlsform", book, "--into", pack, "--title-en", "R", "--subject", "zhuti-weijian", "--basis", "gonggong-xize 22"]
    code, said = run(office, *words)
    assert code == 1
    for place in ("survey!2: ", "survey!E3: ", "survey!4: ", "survey!C5: "):
        assert place in said, said
    # A formula has no word: it is mended in the workbook.
    code, said = run(office, *words, "--skip", "repeat,relevant")
    assert code == 1 and "left out as wished: relevant" in said and "survey!C5: " in said
    assert before == sorted((path, path.read_bytes()) for path in pack.rglob("*") if path.is_file())
