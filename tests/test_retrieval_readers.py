"""Readers and the child process: what is read from each format, and what is said of files that cannot be."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from retrieval_fakes import picture_pdf, write_columns, write_docx, write_pdf

from retrieval.encodings import decode
from retrieval.errors import (
    BrokenDocument,
    DocumentTooLarge,
    EmptyDocument,
    NeedsOcr,
    PasswordNeeded,
    UnreadableDocument,
    UnsupportedFormat,
    WrongSuffix,
)
from retrieval.formats import ocr_installed
from retrieval.parser import Parser
from retrieval.readers import read


def found(name: str, text: str | bytes) -> list[tuple[str, str]]:
    data = text if isinstance(text, bytes) else text.encode()
    return [(block.heading, block.text) for block in read(name, data).blocks]


def test_a_heading_that_nothing_stands_under_is_text_itself() -> None:
    assert found("a.md", "# Emergency: 555-1234\n## Opening hours 9-17\n# Other\ntext") == [
        ("Emergency: 555-1234", "Opening hours 9-17"),
        ("Other", "text"),
    ]
    assert found("a.md", "# Closed on Mondays") == [("", "Closed on Mondays")]
    with pytest.raises(EmptyDocument):
        read("a.html", b"<title>My App</title><body><div id=root></div></body>")
    page = "<title>Hall</title><h2>Phone 555</h2><h2>Other</h2><p>t</p><h3>Last</h3>"
    assert found("a.html", page) == [("Hall", "Phone 555"), ("Hall > Other", "t"), ("Hall > Other", "Last")]


def test_a_heading_too_long_to_be_one_is_kept_whole() -> None:
    long = " ".join(f"word{n}" for n in range(60))
    blocks = found("a.html", f"<h1>{long}</h1><p>Body.</p>")
    assert [text for _, text in blocks] == [long, "Body."] and len(blocks[1][0]) == 120
    (_, last) = found("a.html", f"<title>{long}</title><h1>{long}</h1><p>Body.</p>")
    assert len(last[0]) == 120, "said once"


def test_a_heading_of_a_pdf_that_nothing_stands_under_keeps_its_page(tmp_path: Path) -> None:
    body = [("A line of the body in the usual size, long enough.", 10)] * 5
    file = tmp_path / "a.pdf"
    write_pdf(file, [[("Rules", 20), *body], [("Closed on Mondays", 20)], [("More", 20), *body]])
    alone = [block for block in read("a.pdf", file.read_bytes()).blocks if block.text == "Closed on Mondays"]
    assert [block.page for block in alone] == [2]


def test_html_says_its_encoding_as_browsers_take_it() -> None:
    page = '<meta charset="{}"><p>Fee € 50, it’s due</p>'
    for label, encoding in (("iso-8859-1", "cp1252"), ("utf-16", "utf-8"), ("us-ascii", "utf-8"), ("utf-8", "utf-8")):
        assert found("a.html", page.format(label).encode(encoding)) == [("", "Fee € 50, it’s due")], label


def test_a_byte_order_mark_says_more_than_the_page() -> None:
    assert found("a.html", b"\xef\xbb\xbf" + '<meta charset="iso-8859-1"><p>Größe</p>'.encode()) == [("", "Größe")]


def test_powers_and_fractions_keep_their_places() -> None:
    for said, text in (
        ("5 × 10<sup>6</sup> at 10<sup>-3</sup>", "5 × 10^6 at 10^-3"),
        ("the 1<sup>st</sup> of two<sup><a href=#n>1</a></sup>", "the 1st of two1"),
        ("<math><mfrac><mn>1</mn><mrow><mi>a</mi><mo>+</mo><mn>2</mn></mrow></mfrac></math>", "1/(a+2)"),
        ("<math><msup><mi>x</mi><mfrac><mn>1</mn><mn>2</mn></mfrac></msup></math>", "x^(1/2)"),
    ):
        assert found("a.html", f"<p>{said}</p>") == [("", text)]


def test_lines_that_html_breaks_by_tags() -> None:
    pre = "<pre>one<br>  two<div>three</div><div>four</div>\n\nfive</pre>"
    assert found("a.html", f"{pre}<fieldset><legend>Pump</legend>runs</fieldset>") == [
        ("", "one\n  two\nthree\nfour\n\n\nfive"),
        ("", "Pump"),
        ("", "runs"),
    ]


def test_lists_count_as_they_say() -> None:
    assert found("a.html", "<ol start=4><li>a<li value=7>b<li>c</ol>") == [("", "4. a\n7. b\n8. c")]


def test_tables_in_tables_and_tables_that_place_texts() -> None:
    inner = "<table><tr><td>oil<td>grade</tr><tr><td>A<td>5W30</tr></table>"
    rows = f"<tr><th>Part<th>Torque<th>Note<tr><td>M8<td>25 Nm<td>dry<tr><td>M10<td>49 Nm<td>{inner}</tr>"
    assert found("a.html", f"<table>{rows}</table>") == [
        ("", "Part | Torque | Note\nM8 | 25 Nm | dry\nM10 | 49 Nm | oil grade A 5W30")
    ]
    assert found("a.html", f"<table><tr><td>{inner}<td><h1>Oil</h1>Change it.</table>") == [
        ("", "oil | grade\nA | 5W30"),
        ("Oil", "Change it."),
    ]
    for text in ("<h1>Pump</h1><p>Runs.</p>", "<p>One.</p><ul><li>two</ul>"):
        assert found("a.html", f"<table><tr><td>{text}</table>") == found("a.html", text)


def test_lists_that_only_indent_are_read() -> None:
    page = "<ul><p>Indented clause</p>loose<div><li>x</li></div></ul><ul><li>one</li><li>two</li></ul>"
    assert [text for _, text in found("a.html", page)] == ["Indented clause", "loose", "x", "- one\n- two"]


def test_a_rule_at_the_start_is_no_front_matter() -> None:
    assert found("a.md", "---\n# Intro\nImportant text.\n\n---\nRest of it.\n") == [
        ("Intro", "Important text."),
        ("Intro", "Rest of it."),
    ]
    assert found("a.md", "---\n# made by x\ntitle: Guide\n---\nText.\n") == [("Guide", "Text.")]
    blank = "\n" * 3000  # no regular expression may take every way through them
    assert found("a.md", f"---\n{blank}Text.") == [("", "Text.")]


def test_front_matter_is_read() -> None:
    for title in ("title: Guide\n", "# made by x\ntitle: 'Guide'\n\n"):
        assert found("a.md", f"---\n{title}owner: Jane Roe\nvalid from: 2024-05-01\n---\nText.\n") == [
            ("Guide", "owner: Jane Roe\nvalid from: 2024-05-01"),
            ("Guide", "Text."),
        ]


def test_japanese_in_euc_is_no_chinese() -> None:
    text = "日本語のファイルです。この規則は四月から使います。"
    assert decode(text.encode("euc_jp")) == text


def test_markdown_headings_tables_and_code() -> None:
    text = (
        "---\ntitle: Guide\n---\n# One\n\nPlain **bold** [link](http://x).\n\n## Two\n\n"
        "| A | B |\n|---|---|\n| 1 | 2 |\n\n```\n# not a heading\n```\n\nThree\n=====\n\nEnd.\n"
    )
    blocks = read("a.md", text.encode()).blocks
    assert [(block.heading, block.text) for block in blocks] == [
        ("Guide > One", "Plain bold link."),
        ("Guide > One > Two", "A | B\n1 | 2"),
        ("Guide > One > Two", "# not a heading"),
        ("Guide > Three", "End."),
    ]


def test_marks_that_begin_or_end_no_code_and_no_heading() -> None:
    assert found("a.md", "# Programming in C#\n```npm install foo```\n# Next #\nmore\n") == [
        ("Programming in C#", "npm install foo"),
        ("Next", "more"),
    ]
    for text in ("````md\n```\n# no heading\n```\n````", "```\n# no heading\n```sh\n```"):
        inner = text[text.index("\n") + 1 : text.rindex("\n")]
        assert found("a.md", f"{text}\n# Real\ntext") == [("", inner), ("Real", "text")]


def test_lines_of_a_fixed_width_are_joined() -> None:
    english = "The pump is serviced once a year by the team of the maker, who brings\nall the tools and spare parts."
    chinese = "水泵检修之前必须先切断电源并且挂上警示牌，然后关闭进口和\n出口的阀门，再由两名工作人员共同确认。"
    for name in ("a.txt", "a.md"):
        assert found(name, english) == [("", english.replace("\n", " "))]
        assert found(name, chinese) == [("", chinese.replace("\n", ""))]
        clauses = "第一条 水泵检修之前必须先切断电源并且挂上警示牌\n第二条 检修之后必须由两名工作人员共同确认设备完好"
        assert found(name, clauses) == [("", clauses)]
    for kept in (english.replace("\n", "  \n"), f"> {english}", english.replace(",", " |")):
        assert found("a.md", kept) == [("", kept)]
    assert found("a.md", f"```\n{english}\n```") == [("", english)]


def test_code_in_markdown_stays_as_it_is_written() -> None:
    text = "Use `**kwargs`, `__init__` and ``a `tick` b`` with my__own__x, __bold__ and [`f()`](u). Sign: ________\n"
    table = "\n| `__a__` | b\\|c |\n|---|---|\n| 1 | 2 |\n"
    assert found("a.md", text + table) == [
        ("", "Use **kwargs, __init__ and a `tick` b with my__own__x, bold and f(). Sign: ________"),
        ("", "__a__ | b/c\n1 | 2"),
    ]


def test_a_rule_under_a_list_makes_no_heading() -> None:
    for line in ("- Buy milk", "1. Buy milk", "> Buy milk", "    buy(milk)"):
        assert found("a.md", f"{line}\n---\nText.") == [("", line), ("", "Text.")]
    assert found("a.md", "Milk\n---\nText.") == [("Milk", "Text.")]


def test_html_drops_scripts_and_keeps_rows() -> None:
    html = (
        "<html><head><title>Site</title><style>p{}</style></head><body><nav>Menu</nav><h1>Rules</h1>"
        "<p>First <b>bold</b> text<script>alert(1)</script>.</p><ul><li>one<ul><li>deep</li></ul></li></ul>"
        "<!-- hidden "
        "--><table><tr><th>K</th><th>V</th></tr><tr><td>a</td><td>b</td></tr></table></body></html>"
    )
    blocks = read("a.html", html.encode()).blocks
    assert [block.text for block in blocks] == ["First bold text.", "- one\n  - deep", "K | V\na | b"]
    assert {block.heading for block in blocks} == {"Site > Rules"}
    page = "<form><p>All of it.</p><ul><li>a</li><ul><li>deep</li></ul><li>c</li></ul><textarea>typed</textarea></form>"
    assert [block.text for block in read("a.html", page.encode()).blocks] == ["All of it.", "- a\n  - deep\n- c"]


def test_cells_over_several_rows_and_columns_stand_under_their_column() -> None:
    rows = "<tr><th>Region<th>Quarter<th>Sales<tr><td rowspan=2>North<td>Q1<td>10<tr><td>Q2<td>12"
    table = f"<table><tr><th colspan=3>In 2025{rows}<tr><td colspan=2>Total<td>22<tr><td colspan=900>Audited</table>"
    assert found("a.html", table) == [
        ("", "In 2025\nRegion | Quarter | Sales\nNorth | Q1 | 10\nNorth | Q2 | 12\nTotal |  | 22\nAudited | ")
    ]
    text = "A remark on what the depot sells. " * 9
    page = f"<table><tr><td rowspan=2>{text}<td>a | b<tr><td>c<tr><td rowspan=999999999>x<td>d<tr></tr></table>"
    assert found("a.html", page) == [("", f"{text.strip()} | a / b\n | c\nx | d")], "names are repeated, texts are not"


def test_merged_cells_of_a_word_table(tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    table = document.add_table(4, 3)
    for row, cells in enumerate((("Region", "Quarter", "Sales"), ("North", "Q1", "10"), ("", "Q2", "12"))):
        for column, cell in enumerate(cells):
            table.cell(row, column).text = cell
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(3, 0).merge(table.cell(3, 1)).text = "Total"
    table.cell(3, 2).text = "22"
    document.save(str(tmp_path / "a.docx"))
    rows = "Region | Quarter | Sales\nNorth | Q1 | 10\nNorth | Q2 | 12\nTotal |  | 22"
    assert found("a.docx", (tmp_path / "a.docx").read_bytes()) == [("", rows)]


def test_marks_within_a_word_do_not_part_it() -> None:
    word = "<b>RMA</b>-2231, CO<sub>2</sub>"
    page = f"<h1>C<small>HAPTER</small> {word}</h1><ul><li>See {word}</li></ul>"
    page += f"<table><caption>{word}</caption><tr><td>{word}<td><p>a</p>b<br>c</table><?xml:namespace prefix = o />"
    assert found("a.html", page) == [
        ("CHAPTER RMA-2231, CO2", "- See RMA-2231, CO2"),
        ("CHAPTER RMA-2231, CO2", "RMA-2231, CO2\nRMA-2231, CO2 | a b c"),
    ]


def test_buttons_that_open_a_text_are_its_heading() -> None:
    page = (
        "<h2><button aria-expanded=false>How much is it?</button></h2><p>80 euros</p><button>Send</button>"
        "<details><summary><button>And in Oslo?</button></summary>100 euros</details>"
        "<button aria-controls=x>And by bus?</button><div id=x>5 euros</div>"
    )
    texts = ["80 euros", "And in Oslo?", "100 euros", "And by bus?", "5 euros"]
    assert found("a.html", page) == [("How much is it?", text) for text in texts]


def test_a_page_nested_too_deeply_is_said_to_be() -> None:
    with pytest.raises(DocumentTooLarge, match="nested too deeply"):
        read("a.html", b"<div>" * 2000 + b"words")


def test_docx_headings_and_table(tmp_path: Path) -> None:
    write_docx(tmp_path / "a.docx")
    blocks = read("a.docx", (tmp_path / "a.docx").read_bytes()).blocks
    assert blocks[0].heading == "Velm Handbook > Leave" or blocks[0].heading == "Leave"
    assert blocks[-1].text == "Grade | Pay\nA | 10 crowns\nB | 20 crowns"
    assert blocks[-1].heading.endswith("Grades")


def test_pdf_pages_headings_table_and_running_lines(tmp_path: Path) -> None:
    first = [("The depot opens at nine and closes at five on every day", 11), ("but Sunday, when it is shut.", 11)]
    second = [("A bolt is three crowns, and a nut costs four of them today.", 11)]
    pages = [[("Opening hours", 18), *first], [("Prices", 18), *second], [("The list follows on this last page.", 11)]]
    table = (("Item", "Price"), ("Bolt", "3"), ("Nut", "4"))
    write_pdf(tmp_path / "a.pdf", pages, running="Velm Ltd internal", table=table)
    reading = read("a.pdf", (tmp_path / "a.pdf").read_bytes())
    text = "\n".join(block.text for block in reading.blocks)
    assert reading.pages == 3
    assert text.count("Velm Ltd internal") == 1 and reading.blocks[-1].text == "Velm Ltd internal page 3", "at the end"
    assert "every day but Sunday" in text
    assert "Item | Price\nBolt | 3\nNut | 4" in text
    assert [(block.page, block.heading) for block in reading.blocks][:2] == [(1, "Opening hours"), (2, "Prices")]


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    def column(name: str) -> list[str]:
        return [f"line {n:02d} of the {name} column about carts at noon," for n in range(20)]

    top = "A line above that goes over the whole width of the page, across the gap between both columns of it."
    write_columns(tmp_path / "a.pdf", column("left"), column("right"), top)
    text = " ".join(block.text for block in read("a.pdf", (tmp_path / "a.pdf").read_bytes()).blocks)
    assert text == " ".join([top, *column("left"), *column("right")])
    cells = [f"Cart {n}" for n in range(20)], [f"{n} crowns" for n in range(20)]
    write_columns(tmp_path / "b.pdf", *cells, top)
    blocks = read("b.pdf", (tmp_path / "b.pdf").read_bytes()).blocks
    assert blocks[-1].text.startswith("Cart 0 | 0 crowns\nCart 1 | 1 crowns")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "gbk"])
def test_text_in_any_encoding(encoding: str) -> None:
    text = "退货政策：客户可以在三十七天内退货，请联系王经理。Depot opens at nine o'clock sharp."
    assert decode(text.encode(encoding)) == text


def test_what_html_writes_above_and_over_no_columns() -> None:
    ruby = "<ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>"
    assert found("a.html", f"<h1>{ruby}</h1><p>{ruby}です</p>") == [("漢字", "漢字です")]
    table = "<table><tr><th>Name<th>Price<tr><td colspan=0>Apple<td>5</table>"
    assert found("a.html", table) == [("", "Name | Price\nApple | 5")]


def test_backticks_of_two_lines_and_lone_ones() -> None:
    assert found("a.md", "Run `pip install\nfoo` then `bar` now.") == [("", "Run `pip install\nfoo` then bar now.")]
    assert found("a.md", "The ` key, the ` sign and `` a`b ``") == [("", "The ` key, the ` sign and a`b")]


def test_soft_hyphens_are_no_text() -> None:
    assert found("a.html", "<p>Die Reise&shy;kosten</p>") == [("", "Die Reisekosten")]


def test_latin_text() -> None:
    text = "Le dépôt ouvre à neuf heures; les employés y sont déjà arrivés à huit heures, été comme hiver. " * 3
    assert decode(text.encode("cp1252")) == text


def bad_files(folder: Path) -> dict[str, tuple[type[UnreadableDocument], str]]:
    write_pdf(folder / "locked.pdf", [[("A secret line of text that is long enough", 12)]], password="x")
    picture_pdf(folder / "scan.pdf")
    write_pdf(folder / "good.pdf", [[("A good line of text that is long enough", 12)]])
    whole = (folder / "good.pdf").read_bytes()
    (folder / "cut.pdf").write_bytes(whole[: len(whole) // 3])
    (folder / "really.txt").write_bytes(whole)
    (folder / "words.pdf").write_bytes(b"just words, many of them")
    (folder / "nothing.md").write_bytes(b"")
    (folder / "blank.txt").write_bytes(b" \n\n ")
    (folder / "noise.txt").write_bytes(bytes(range(256)) * 20)
    (folder / "sheet.odt").write_bytes(b"PK\x03\x04")
    with zipfile.ZipFile(folder / "broken.docx", "w") as archive:
        archive.writestr("word/document.xml", "<w:document><not closed")
    with zipfile.ZipFile(folder / "bomb.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"word/{number}.xml", bytes(200 * 2**20))
    return {
        "locked.pdf": (PasswordNeeded, "password"),
        "scan.pdf": (NeedsOcr, "OCR found none" if ocr_installed() else r"pip install \"domain-tuner\[ocr\]"),
        "cut.pdf": (BrokenDocument, "damaged"),
        "really.txt": (WrongSuffix, "looks like a PDF"),
        "words.pdf": (WrongSuffix, "looks like text"),
        "nothing.md": (EmptyDocument, "0 bytes"),
        "blank.txt": (EmptyDocument, "no text"),
        "noise.txt": (WrongSuffix, "binary data"),
        "sheet.odt": (UnsupportedFormat, "not supported"),
        "broken.docx": (BrokenDocument, "damaged"),
        "bomb.docx": (DocumentTooLarge, "unpacks"),
    }


def test_no_module_beside_the_documents_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('run')")
    (tmp_path / "a.txt").write_text("A note.")
    monkeypatch.chdir(tmp_path)
    with Parser() as parser:
        assert [block.text for block in parser.parse(Path("a.txt"), "a.txt").blocks] == ["A note."]


def test_a_text_about_pdf_is_no_pdf(tmp_path: Path) -> None:
    assert found("a.md", "A file begins with %PDF-1.7.") == [("", "A file begins with %PDF-1.7.")]
    write_pdf(tmp_path / "a.pdf", [[("A good line of text that is long enough", 12)]])
    data = (tmp_path / "a.pdf").read_bytes()
    assert "good line" in read("a.pdf", b"HTTP/1.1 200 OK\r\n" + data).blocks[0].text
    with pytest.raises(WrongSuffix, match="looks like a PDF"):
        read("a.txt", b"\r\n" + data)


def test_every_bad_file_is_named_and_the_child_lives_on(tmp_path: Path) -> None:
    with Parser() as parser:
        for name, (error, words) in bad_files(tmp_path).items():
            with pytest.raises(error, match=words):
                parser.parse(tmp_path / name, name)
        assert "good line" in parser.parse(tmp_path / "good.pdf", "good.pdf").blocks[0].text


def test_a_slow_file_is_stopped_and_the_next_one_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "endless.txt")  # opening it waits for ever
    (tmp_path / "fine.txt").write_text("Fine text.")
    with Parser(seconds=8) as parser:
        with pytest.raises(DocumentTooLarge, match="over 8 s"):
            parser.parse(tmp_path / "endless.txt", "endless.txt")
        assert parser.parse(tmp_path / "fine.txt", "fine.txt").blocks[0].text == "Fine text."


def test_memory_is_limited(tmp_path: Path) -> None:
    (tmp_path / "deep.html").write_text("<p>words </p>" * 3_000_000)
    with Parser(memory=400 * 2**20) as parser:
        with pytest.raises(UnreadableDocument):
            parser.parse(tmp_path / "deep.html", "deep.html")
        (tmp_path / "fine.txt").write_text("Fine text.")
        assert parser.parse(tmp_path / "fine.txt", "fine.txt").blocks[0].text == "Fine text."
