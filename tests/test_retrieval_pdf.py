"""What a PDF says is read whole: only page numbers and repetitions go, and forms keep their answers."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from retrieval_fakes import write_pdf

from retrieval.readers import read

pytestmark = pytest.mark.quick
Text = tuple[float, float, str]  # from the left, from below, what is written there


def pdf(pages: Sequence[Sequence[Text]], fields: Sequence[Text] = ()) -> bytes:
    """Every text an object of its own, as programs draw tables; `fields` of a form, filled in, on the last page."""
    from reportlab.pdfgen.canvas import Canvas

    data = io.BytesIO()
    canvas = Canvas(data)
    for number, page in enumerate(pages, start=1):
        for left, bottom, text in page:
            canvas.drawString(left, bottom, text)
        for left, bottom, text in fields if number == len(pages) else ():
            canvas.acroForm.textfield(name=text, value=text, x=left, y=bottom, width=200, height=18)
        canvas.showPage()
    canvas.save()
    return data.getvalue()


def texts(data: bytes) -> list[str]:
    """Of each page that has some."""
    found: dict[int | None, list[str]] = {}
    for block in read("a.pdf", data).blocks:
        found.setdefault(block.page, []).append(block.text)
    return ["\n".join(texts) for texts in found.values()]


def lines(*said: str) -> list[Text]:
    return [(72, 780 - 14 * n, text) for n, text in enumerate(said)]


def test_invoices_in_one_file_keep_their_numbers() -> None:
    sums = {1037: "111.50", 1038: "87.20", 1039: "9.95", 1040: "460.00"}
    found = texts(pdf([lines(f"Invoice {n}", "Hall and Sons", f"Total due: {owed} EUR") for n, owed in sums.items()]))
    for text, (n, owed) in zip(found, sums.items(), strict=True):
        assert f"Invoice {n}" in text and f"Total due: {owed} EUR" in text
    assert ["Hall and Sons" in text for text in found] == [False, False, False, True], "said once is enough"


def test_page_numbers_go_and_other_numbers_stay() -> None:
    body = ["The clerk keeps the book of the depot.", "The driver keeps the key.", "The cook keeps the list of meals."]
    numbered = [[*lines(text), (300, 30, str(n)), (72, 60, f"Rules, part {n} of 3")] for n, text in enumerate(body, 7)]
    assert texts(pdf(numbered)) == [*body[:2], f"{body[2]}\nRules, part 9 of 3"]
    assert texts(pdf([lines("In numbers", "42", "employees", "1250")])) == ["In numbers 42 employees 1250"]
    assert texts(pdf([[*lines(body[0]), (300, 30, "Page 1 of 1")]])) == body[:1]


def table(rows: Sequence[Sequence[str]]) -> list[Text]:
    return [(72 + 170 * at, 780 - 16 * n, cell) for n, row in enumerate(rows) for at, cell in enumerate(row)]


def test_a_table_over_several_pages_keeps_its_header_and_its_rows() -> None:
    """Also where pdfium begins a new line at a cell of one sign."""
    head = ("Article", "Stock", "Price")
    rows = [[(f"Bolt M{n}", str(n), f"{n}.10") for n in range(start, start + 8)] for start in (1, 11, 21, 31)]
    found = texts(pdf([table([head, *page]) for page in rows]))
    assert [text.split("\n") for text in found] == [[" | ".join(row) for row in (head, *page)] for page in rows]


def test_what_was_filled_into_a_form_stands_behind_its_label() -> None:
    page = [
        (72, 760, "Application for leave of absence"),
        (72, 700, "Name:"),
        (72, 620, "Reason:"),
        (72, 540, "Signed"),
    ]
    (ticked,) = texts(pdf([[(72, 760, "I agree to the terms")]], [(200, 756, "X")]))
    assert ticked.startswith("I agree to the terms") and ticked.endswith("X")
    (found,) = texts(pdf([page], [(120, 696, "Jane Doe"), (72, 590, "Parental leave from May")]))
    assert found.split("\n")[1:] == ["Name:", "Jane Doe", "Reason:", "Parental leave from May", "Signed"]


def test_a_damaged_page_is_told_and_the_others_are_read() -> None:
    whole = pdf([lines("The first page is whole."), lines("The second page is not.")])
    _, second = re.findall(rb"\n(\d+) 0 obj\s*<<\s*/Contents", whole)
    reading = read("a.pdf", whole.replace(b"\n%b 0 obj\n<<" % second, b"\n%b 0 obj\n42" % second))
    assert [block.text for block in reading.blocks] == ["The first page is whole."]
    assert reading.note == "Page(s) 2 are damaged and were not read."


def test_fields_of_a_form_stay_on_their_page() -> None:
    pages = [
        [
            *lines(f"Data sheet pump P-{n}", f"Material: {material}", f"Pressure: {pressure} bar"),
            (72, 600, "The pump is made for the water of the plant and runs day and night."),
            (72, 587, "It needs a service once a year."),
            (72, 60, "Acme Pumps"),
        ]
        for n, (material, pressure) in enumerate([("steel", 12), ("steel", 8), ("brass", 12)], 1)
    ]
    found = [text.split("\n") for text in texts(pdf(pages))]
    assert found[1] == [
        "Data sheet pump P-2 Material: steel Pressure: 8 bar",
        "The pump is made for the water of the plant and runs day and night. It needs a service once a year.",
    ]
    assert found[2][0].startswith("Data sheet pump P-3 Material: brass") and found[2][2:] == ["Acme Pumps"]


def test_consecutive_numbers_in_the_type_of_headings_are_no_page_numbers(tmp_path: Path) -> None:
    body = [("The plant was opened in the town by the river in spring.", 10), ("It makes pumps.", 10)]
    write_pdf(tmp_path / "a.pdf", [[(str(year), 24), *body] for year in (2021, 2022, 2023)])
    found = texts((tmp_path / "a.pdf").read_bytes())
    assert [text[:4] for text in found] == ["2021", "2022", "2023"]
    write_pdf(tmp_path / "b.pdf", [[*body, (str(page), 14)] for page in (7, 8, 9)])
    assert not any(re.search(r"\d", text) for text in texts((tmp_path / "b.pdf").read_bytes())), "below, they are"


@pytest.mark.parametrize(("turned", "back"), [(90, 90), (180, 180), (270, 270), (90, 0)])
def test_pages_on_their_side(turned: int, back: int) -> None:
    """As wide tables are set: their page is shown turned back, or is not."""
    from reportlab.pdfgen.canvas import Canvas

    data = io.BytesIO()
    canvas = Canvas(data)
    canvas.setPageRotation(back)
    canvas.translate(300, 400)
    canvas.rotate(turned)
    canvas.drawString(-200, 50, "The pump is made for the water of the plant")
    canvas.drawString(-200, 36, "and runs all day.")
    for left, bottom, text in table([("Part", "Torque"), ("M8", "25 Nm"), ("M10", "49 Nm")]):
        canvas.drawString(left - 272, bottom - 780, text)
    canvas.showPage()
    canvas.save()
    (found,) = texts(data.getvalue())
    assert found.split("\n") == [
        "The pump is made for the water of the plant and runs all day.",
        "Part | Torque",
        "M8 | 25 Nm",
        "M10 | 49 Nm",
    ]


def test_codes_keep_the_hyphen_at_the_end_of_a_line() -> None:
    said = (
        "This is said of the parts RMA-",
        "2231 and COVID-",
        "19, in our infor-",
        "mation of MAN-",
        "DATES: MANDATES",
    )
    told = "This is said of the parts RMA-2231 and COVID-19, in our information of MANDATES: MANDATES"
    assert texts(pdf([lines(*said)])) == [told]


def test_hyphens_at_the_end_of_a_line_stay_where_they_are_the_word_s_own() -> None:
    broken = ("A well-", "known form of the infor-", "mation, of pre-", "and post-", "war trade,")
    unbroken = ("All is well-", "known, and up-", "dated in a long-", "lasting way,")
    for first, elsewhere, said in (
        (broken, "the information of a post is well-known in war",
         "A well-known form of the information, of pre- and post-war trade, "),
        (unbroken, "it is up-dated by well-known rules", "All is well-known, and up-dated in a long-lasting way, "),
        (unbroken, "it is updated by wellknown rules", "All is wellknown, and updated in a longlasting way, "),
    ):  # fmt: skip
        assert texts(pdf([lines(*first, elsewhere)])) == [said + elsewhere]


def test_broken_words_of_headings(tmp_path: Path) -> None:
    body = [("The plant was opened in the town by the river in spring.", 10)] * 3
    write_pdf(tmp_path / "a.pdf", [[("All about the infor-", 24), ("mation of today", 24), *body]])
    blocks = read("a.pdf", (tmp_path / "a.pdf").read_bytes()).blocks
    assert {block.heading for block in blocks} == {"All about the information of today"}


def test_lines_that_begin_with_a_number_are_no_headings() -> None:
    said = ("The bolt is driven to a depth of", "2.5 mm below the surface, as said in", "section 12 of the plan.")
    assert texts(pdf([lines(*said)])) == [" ".join(said)]
    blocks = read("a.pdf", pdf([lines("2.5 Limits", "At most 12 bar.")])).blocks
    assert [(block.heading, block.text) for block in blocks] == [("2.5 Limits", "At most 12 bar.")]


def test_a_row_between_the_lines_of_a_high_cell_stays_a_row() -> None:
    high = [("", "", "oiled with the"), ("M9", "9 Nm", "oil of grade"), ("", "", "5W30 only")]
    (found,) = texts(pdf([table([("Part", "Torque", "Note"), ("M8", "25 Nm", "dry"), *high, ("K2", "2 Nm", "dry")])]))
    assert "M9 | 9 Nm | oil of grade" in found


LIMITS = [
    ["Value", "Dog", "Cat"],
    ["Heart rate, lower limit", "60 / min", "110 / min"],
    ["Oxygen saturation, lower limit", "94 %", "95 %"],
    ["Body temperature, lower limit", "36.8 C", "36.5 C"],
    ["End-tidal CO2, upper limit", "55 mmHg", "48 mmHg"],
]
GRID, RULED, BARE = ("GRID", (0, 0), (-1, -1), 0.5, "black"), ("LINEBELOW", (0, 0), (-1, -1), 0.5, "black"), None


def made_table(rows: Sequence[Sequence[str]], *style: tuple[object, ...] | None, wrapped: float = 0) -> list[str]:
    """What is read of a table between two paragraphs; `wrapped` is how wide its columns are, if they are narrow."""
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

    data = io.BytesIO()
    text = ParagraphStyle("text", alignment=4, spaceBefore=3, spaceAfter=3)
    said = Paragraph("The pump is made for the water of the plant and runs all day. " * 4, text)
    cells = [[Paragraph(cell, text) if wrapped else cell for cell in row] for row in rows]
    widths = [wrapped] * len(rows[0]) if wrapped else None
    SimpleDocTemplate(data).build([said, Table(cells, colWidths=widths, style=[*filter(None, style)]), said])
    before, *found, behind = [block.text for block in read("a.pdf", data.getvalue()).blocks]
    assert before == behind and " | " not in before
    return "\n".join(found).split("\n")


@pytest.mark.parametrize("lines", [GRID, RULED, BARE])
@pytest.mark.parametrize("align", ["LEFT", "RIGHT", "CENTER"])
@pytest.mark.parametrize("padding", [6, 3])
def test_cells_that_fill_their_columns_are_parted(lines: tuple[object, ...] | None, align: str, padding: int) -> None:
    narrow = [(f"{side}PADDING", (0, 0), (-1, -1), padding) for side in ("LEFT", "RIGHT")]
    said = made_table(LIMITS, lines, ("ALIGN", (1, 0), (-1, -1), align), *narrow)
    assert said == [" | ".join(row) for row in LIMITS]


@pytest.mark.parametrize("aligned", ["TOP", "MIDDLE", "BOTTOM"])
def test_a_cell_of_several_lines_in_a_grid_is_one_cell(aligned: str) -> None:
    said = made_table(LIMITS, GRID, ("VALIGN", (0, 0), (-1, -1), aligned), wrapped=70)
    assert said == [" | ".join(row) for row in LIMITS]


def test_merged_cells_of_a_grid() -> None:
    rows = [
        ["Limits", "By animal", ""],
        *LIMITS,
        ["All are checked by a nurse every day", "", ""],
        ["Pulse", "90", "99"],
    ]
    said = made_table(rows, GRID, ("SPAN", (1, 0), (2, 0)), ("SPAN", (0, 6), (2, 6)))
    assert said == [" | ".join(filter(None, row)) for row in rows]


def canvas_page(draw: Callable[[Any], None]) -> list[str]:
    from reportlab.pdfgen.canvas import Canvas

    data = io.BytesIO()
    canvas = Canvas(data)
    draw(canvas)
    canvas.save()
    return "\n".join(texts(data.getvalue())).split("\n")


def draw_rows(canvas: Any, column: Sequence[float] = (60, 212, 266)) -> None:
    canvas.setFont("Helvetica", 10)
    for n, row in enumerate(LIMITS):
        for left, cell in zip(column, row, strict=True):
            canvas.drawString(left, 704 - 16 * n, cell)


@pytest.mark.parametrize("drawn", ["boxes", "one path", "narrow shapes", "upright lines"])
def test_ruled_lines_are_seen_however_they_are_drawn(drawn: str) -> None:
    """As FPDF, reportlab, Word and LaTeX do it; the first two columns have no gap that would tell."""
    lefts, levels = [57, 209, 263, 330], [716 - 16 * n for n in range(6)]

    def draw(canvas: Any) -> None:
        draw_rows(canvas)
        if drawn == "one path":
            canvas.grid(lefts, levels)
        if drawn == "upright lines":
            for left in lefts:
                canvas.line(left, levels[0], left, levels[-1])
        for left, right in pairwise(lefts):
            for level in levels[1:]:
                if drawn == "boxes":
                    canvas.rect(left, level, right - left, 16)
                if drawn == "narrow shapes":
                    canvas.rect(left, level, 0.5, 16, stroke=0, fill=1)
                    canvas.rect(left, level, right - left, 0.5, stroke=0, fill=1)

    assert canvas_page(draw) == [" | ".join(row) for row in LIMITS]


def test_boxes_around_columns_of_prose_make_no_table() -> None:
    said = "The pump is made for the water of the plant and runs all day, as is said."

    def draw(canvas: Any) -> None:
        canvas.rect(50, 50, 500, 740)
        canvas.line(50, 760, 550, 760)
        canvas.line(300, 50, 300, 760)
        canvas.setFont("Helvetica", 6)
        for left in (60, 310):
            for n in range(20):
                canvas.drawString(left, 740 - 8 * n, said)

    assert canvas_page(draw) == [" ".join([said] * 20)] * 2


def test_prose_that_is_stretched_to_fill_its_column_is_no_row_of_the_table_above() -> None:
    """Though a word of it begins where a cell does, behind a gap as wide as its column leaves."""

    def draw(canvas: Any) -> None:
        draw_rows(canvas)
        text = canvas.beginText(160, 704 - 16 * len(LIMITS))
        text.setWordSpace((212 - 160 - canvas.stringWidth("The pump ", "Helvetica", 10)) / 2)
        text.textOut("The pump runs daily")
        canvas.drawText(text)

    assert canvas_page(draw) == [*(" | ".join(row) for row in LIMITS), "The pump runs daily"]


def test_boxes_to_be_ticked_and_underlines_part_no_words() -> None:
    def draw(canvas: Any) -> None:
        draw_rows(canvas)
        canvas.grid([57, 209, 263, 330], [716 - 16 * n for n in range(6)])
        canvas.line(60, 702, 130, 702)
        canvas.drawString(60, 500, "Seen by a nurse")
        canvas.rect(134, 499, 8, 8)
        canvas.drawString(144, 500, "or by a vet")

    assert canvas_page(draw) == [*(" | ".join(row) for row in LIMITS), "Seen by a nurse or by a vet"]


def test_pages_of_a_long_document_are_told() -> None:
    told: list[tuple[int, int]] = []
    read("a.pdf", pdf([lines("Some text.")] * 60), lambda page, pages: told.append((page, pages)))
    assert told == [(25, 60), (50, 60)]
