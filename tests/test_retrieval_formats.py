"""Slides, sheets, tables, books, records, mails and archives: what is read from each, and what is said of bad ones."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from retrieval_fakes import FakeEmbedder, write_pdf

from retrieval import Corpus
from retrieval.chunking import split
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
from retrieval.formats import PICTURES, SUPPORTED, ocr_installed
from retrieval.office import spell_formulas
from retrieval.parser import Parser
from retrieval.passages import Block
from retrieval.readers import _READERS, Reading, read

SECRET = "a line that only the file beside it has"


def texts(name: str, data: bytes) -> list[tuple[int | None, str, str]]:
    return [(block.page, block.heading, block.text) for block in read(name, data).blocks]


def zipped(parts: Mapping[str, bytes | str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return data.getvalue()


def stating(data: bytes, size: int) -> bytes:
    """The archive with a directory that states this unpacked size for each of its parts."""
    made, at = bytearray(data), data.find(b"PK\x01\x02")
    while at >= 0:
        made[at + 24 : at + 28] = size.to_bytes(4, "little")
        at = data.find(b"PK\x01\x02", at + 1)
    return bytes(made)


def changed(data: bytes, part: str, content: bytes) -> bytes:
    """The Office file with one of its parts replaced."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return zipped({name: content if name == part else archive.read(name) for name in archive.namelist()})


def workbook() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    prices = book.active
    assert prices is not None
    prices.title = "Prices"
    for row in (
        ["Price list of Velm"], [], ["Item", "Price", "Share", "Since"],
        ["Bolt", 3.0, 0.125, datetime(2025, 3, 1)], ["Nut | big", None, True, "two\nlines"],
    ):  # fmt: skip
        prices.append(row)
    prices["C4"].number_format = "0.0%"
    wide = book.create_sheet("Machines")
    wide.append([f"Long name of column {n}" for n in range(30)])
    for machine in range(40):
        wide.append([f"value {machine}-{n}" for n in range(30)])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def add_diagram(slide: Any, lines: tuple[str, ...]) -> None:
    """A SmartArt diagram: a frame on the slide that points to a part with its lines."""
    from pptx.opc.package import Part
    from pptx.opc.packuri import PackURI
    from pptx.oxml import parse_xml

    drawing, kind = "http://schemas.openxmlformats.org/drawingml/2006", "application/vnd.openxmlformats-officedocument"
    points = "".join(f"<d:pt><d:t><a:p><a:r><a:t>{line}</a:t></a:r></a:p></d:t></d:pt>" for line in lines)
    data = f'<d:dataModel xmlns:d="{drawing}/diagram" xmlns:a="{drawing}/main">{points}</d:dataModel>'.encode()
    uri = PackURI("/ppt/diagrams/data1.xml")
    part = Part(uri, f"{kind}.drawingml.diagramData+xml", slide.part.package, data)
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    key = slide.part.relate_to(part, f"{relation}/diagramData")
    frame = (
        '<p:graphicFrame xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
        f'xmlns:a="{drawing}/main">'
        '<p:nvGraphicFramePr><p:cNvPr id="99" name="Diagram"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr>'
        '<p:xfrm><a:off x="0" y="0"/><a:ext cx="9" cy="9"/></p:xfrm>'
        f'<a:graphic><a:graphicData uri="{drawing}/diagram"><d:relIds xmlns:d="{drawing}/diagram" '
        f'xmlns:r="{relation}" r:dm="{key}"/></a:graphicData></a:graphic></p:graphicFrame>'
    )
    slide.shapes._spTree.append(parse_xml(frame))


def deck() -> bytes:
    import pptx
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Inches

    made = pptx.Presentation()
    first = made.slides.add_slide(made.slide_layouts[1])
    first.shapes.title.text = "Leave"
    first.placeholders[1].text = "31 days\nfor everyone"
    first.notes_slide.notes_text_frame.text = "Say it slowly."
    second = made.slides.add_slide(made.slide_layouts[5])
    second.shapes.title.text = "Grades"
    table = second.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(4), Inches(1)).table
    for row, cells in enumerate((("Grade", "Pay"), ("A", "10 crowns"))):
        for column, cell in enumerate(cells):
            table.cell(row, column).text = cell
    numbers = CategoryChartData()
    numbers.categories = ["East", "West"]
    numbers.add_series("Carts", (1.5, 2))
    second.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, 100, 100, numbers)
    add_diagram(second, ("Order", "Pack"))
    second.shapes.add_group_shape().shapes.add_textbox(0, 0, 9, 9).text_frame.text = "In a group"
    data = io.BytesIO()
    made.save(data)
    return data.getvalue()


def book(locked: bool = False, entity: str = "") -> bytes:
    doctype = f'<!DOCTYPE c [<!ENTITY x SYSTEM "{entity}">]>' if entity else ""
    parts = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": f"<?xml version='1.0'?>{doctype}<container><rootfiles>"
        "<rootfile full-path='in/book.opf'/></rootfiles></container>",
        "in/book.opf": f"{doctype}<package><metadata><title>The Tower{'&x;' if entity else ''}</title></metadata>"
        "<manifest>"
        "<item id='n' href='nav.xhtml' media-type='application/xhtml+xml' properties='nav'/>"
        "<item id='a' href='a.xhtml' media-type='application/xhtml+xml'/>"
        "<item id='b' href='b%20b.xhtml' media-type='application/xhtml+xml'/>"
        "<item id='z' href='../../../etc/passwd' media-type='application/xhtml+xml'/>"
        "</manifest><spine><itemref idref='b'/><itemref idref='a'/><itemref idref='z'/></spine></package>",
        "in/nav.xhtml": "<html><body><nav><a href='a.xhtml#x'>The end</a></nav></body></html>",
        "in/a.xhtml": f"<?xml version='1.0'?>{doctype}<html><head><title>t</title></head><body>"
        f"<p>It fell{' &x;' if entity else ''}.</p></body></html>",
        "in/b b.xhtml": "<html><body><h1>Start</h1><h2>Masons</h2><p>They built it.</p></body></html>",
    }
    if locked:
        parts["META-INF/encryption.xml"] = "<encryption><CipherReference URI='in/a.xhtml'/></encryption>"
    return zipped(parts)


def mail() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ann <ann@velm.example>", "bob@velm.example", "Löcher im Tank"
    message.set_content("The tank leaks.\n")
    message.add_alternative("<p>The tank <b>leaks</b>.</p>", subtype="html")
    return message


def test_a_sheet_is_a_page_and_its_rows_keep_their_header() -> None:
    reading = read("a.xlsx", workbook())
    assert reading.pages == 2
    assert [(block.page, block.heading, block.text) for block in reading.blocks[:2]] == [
        (1, "Prices", "Price list of Velm"),
        (1, "Prices", "Item | Price | Share | Since\nBolt | 3 | 12.5% | 2025-03-01\nNut / big |  | yes | two lines"),
    ]
    drafts = split([block for block in reading.blocks if block.page == 2], FakeEmbedder().count_many, 256)
    for machine in range(40):
        named = f"Long name of column 29: value {machine}-29"
        line = next(line for draft in drafts for line in draft.text.split("\n") if named in line)
        assert line.startswith(f"Long name of column 0: value {machine}-0;"), "every part of a wide row names the row"


def saved(book: Any) -> bytes:
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def test_merged_cells_of_a_sheet_are_repeated_down_its_rows() -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in (
        ["Region", "Fruit", "Kind", "Kept"], ["North", "Apple", "Gala", "cool"], [None, None, "Fuji"], [],
        [None, "Pear", "Conference"], ["Total", None, 3, "dry"],
    ):  # fmt: skip
        book.active.append(row)
    for cells in ("A2:A5", "B2:B3", "D2:D3", "A6:B6"):
        book.active.merge_cells(cells)
    assert texts("a.xlsx", saved(book))[0][2].split("\n") == [
        "Region | Fruit | Kind | Kept", "North | Apple | Gala | cool", "North | Apple | Fuji | cool",
        "North | Pear | Conference | ", "Total |  | 3 | dry",
    ]  # fmt: skip


def test_percentages_and_formulas_without_a_value() -> None:
    import openpyxl

    book = openpyxl.Workbook()
    forms = ["0.0%", "0%", '0.00"%"', "0.0\\%", '[Red]0"%";0', "0.00", "0%"]
    book.active.append(["tall", "one", "quoted", "escaped", "whole", "none", "formula"])
    book.active.append([12345.678, 0.29, 4.5, 7.5, 5, 1.5, "=A2*2"])
    for cell, form in zip(book.active[2], forms, strict=True):
        cell.number_format = form
    data = saved(book)
    reading = read("a.xlsx", data)
    assert reading.blocks[0].text.split("\n")[1] == "1234567.8% | 29% | 4.5% | 7.5% | 5% | 1.5 | "
    assert reading.note == ("1 formula has no stored value and cannot be read. Open and save the workbook in Excel.")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    for cell in (b'<c r="G2" t="str"><f>A2</f><v></v></c>', b'<c r="G2"><f>A2</f><v>3</v></c>'):
        calculated = re.sub(rb'<c r="G2".*?</c>', cell, sheet)
        assert read("a.xlsx", changed(data, "xl/worksheets/sheet1.xml", calculated)).note is None


@pytest.mark.parametrize(
    ("form", "value", "shown"),
    [
        ("00000", 1067, "01067"), ("0000", 12.5, "12.5"), ('0.0" kg"', 12.5, "12.5 kg"), ('#,##0.00 "EUR"', 3, "3 EUR"),
        ("#,##0.00\\ [$€-407]", -3.5, "-3.5 €"), ('_("$"* #,##0.00_);_("$"* \\(#,##0.00\\)', 4, "$4"),
        ("[$£-809]#,##0;[Red]-[$£-809]#,##0", 4, "£4"), ('"No. "000', 7, "No. 007"), ("General", 7, "7"),
        ('0.0,,"M"', 12_500_000, "12500000"), ('0.00E+00" V"', 7, "7"), ("0000-00", 1234, "1234"), ("@", 1.5, "1.5"),
    ],
)  # fmt: skip
def test_numbers_are_shown_with_their_zeros_and_units(form: str, value: float, shown: str) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["Name", "Number"])
    book.active.append(["a", value])
    book.active["B2"].number_format = form
    assert texts("a.xlsx", saved(book)) == [(1, "Sheet", f"Name | Number\na | {shown}")]


def test_slides_tables_charts_groups_and_notes() -> None:
    assert texts("a.pptx", deck()) == [
        (1, "Leave", "31 days\nfor everyone"),
        (1, "Leave", "Notes: Say it slowly."),
        (2, "Grades", "Grade | Pay\nA | 10 crowns"),
        (2, "Grades", "Category | Carts\nEast | 1.5\nWest | 2"),
        (2, "Grades", "- Order\n- Pack"),
        (2, "Grades", "In a group"),
    ]


def test_a_text_box_with_the_id_of_the_title_is_read() -> None:
    import pptx

    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[5])
    slide.shapes.title.text = "Limits"
    box = slide.shapes.add_textbox(0, 0, 9, 9)
    box.text_frame.text = "Never exceed 12 bar."
    box._element.nvSpPr.cNvPr.set("id", str(slide.shapes.title.shape_id))
    assert texts("a.pptx", saved(made)) == [(1, "Limits", "Never exceed 12 bar.")]


def test_charts_of_points_dates_and_nested_categories() -> None:
    import pptx
    from pptx.chart.data import CategoryChartData, XyChartData
    from pptx.enum.chart import XL_CHART_TYPE

    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[6])
    curve, sales, load = XyChartData(), CategoryChartData(), CategoryChartData()
    for name, points in (("Pump", ((10, 3.5), (20, 2.25))), ("Fan", ((15, 1),))):
        series = curve.add_series(name)
        for x, y in points:
            series.add_data_point(x, y)
    for year in ("2023", "2024"):
        category = sales.add_category(year)
        for quarter in ("Q1", "Q2"):
            category.add_sub_category(quarter)
    sales.add_series("Sales", (1, None, 3, 4))
    load.categories = [datetime(2024, 1, 1), datetime(2024, 2, 1)]
    load.add_series("Load", (1, 2))
    kinds = (XL_CHART_TYPE.XY_SCATTER, XL_CHART_TYPE.COLUMN_CLUSTERED, XL_CHART_TYPE.LINE)
    for kind, data in zip(kinds, (curve, sales, load), strict=True):
        chart = slide.shapes.add_chart(kind, 0, 0, 9, 9, data).chart
        chart.value_axis.axis_title.text_frame.text = "Million crowns"
    chart.category_axis.axis_title.text_frame.text = "Month"
    assert [text.split("\n") for _, _, text in texts("a.pptx", saved(made))] == [
        ["Million crowns", "Series | X | Y", "Pump | 10 | 3.5", "Pump | 20 | 2.25", "Fan | 15 | 1"],
        ["Million crowns", "Category | Sales", "2023 / Q1 | 1", "2023 / Q2 | ", "2024 / Q1 | 3", "2024 / Q2 | 4"],
        ["Month", "Million crowns", "Category | Load", "2024-01-01 | 1", "2024-02-01 | 2"],
    ]


def test_charts_that_python_pptx_does_not_know() -> None:
    import pptx
    from pptx.chart.data import BubbleChartData, CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[6])
    rooms, carts = CategoryChartData(number_format="0%"), BubbleChartData()
    rooms.categories = ["Hall", "Yard"]
    rooms.add_series("Share", (0.25, 0.75))
    carts.add_series("Carts").add_data_point(1, 2.5, 10)
    chart = slide.shapes.add_chart(XL_CHART_TYPE.PIE, 0, 0, 9, 9, rooms).chart
    (pie,) = chart._chartSpace.xpath(".//c:pieChart")
    pie.tag = pie.tag.replace("pieChart", "ofPieChart")
    slide.shapes.add_chart(XL_CHART_TYPE.BUBBLE, 0, 0, 9, 9, carts)
    assert [text for _, _, text in texts("a.pptx", saved(made))] == [
        "Category | Share\nHall | 25%\nYard | 75%",
        "Series | X | Y | Size\nCarts | 1 | 2.5 | 10",
    ]


def test_merged_cells_of_a_slide_are_repeated_down_its_rows() -> None:
    import pptx

    made = pptx.Presentation()
    table = made.slides.add_slide(made.slide_layouts[6]).shapes.add_table(4, 3, 0, 0, 9, 9).table
    for row, cells in enumerate((("Model", "Item", "Kept"), ("P-17", "seal", "dry"), ("", "shaft", ""), ("", "", ""))):
        for column, cell in enumerate(cells):
            table.cell(row, column).text = cell
    table.cell(1, 0).merge(table.cell(3, 0))
    table.cell(1, 1).merge(table.cell(1, 2))
    assert texts("a.pptx", saved(made))[0][2].split("\n") == [
        "Model | Item | Kept", "P-17 | seal dry | ", "P-17 | shaft | ",
    ]  # fmt: skip


OFFICE = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main"'
)
FORMULA = (
    "<m:r><m:t>k=</m:t></m:r><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:sSup><m:e><m:r><m:t>b</m:t></m:r>"
    "</m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:den></m:f></m:oMath>"
)


def test_formulas_keep_their_brackets_and_roots() -> None:
    from lxml import etree

    def run(text: str) -> str:
        return f"<m:r><m:t>{text}</m:t></m:r>"

    two, both = f"<m:sup>{run('2')}</m:sup>", run("a+b")
    for formula, said in (
        (f"<m:f><m:num>{both}</m:num><m:den>{run('2')}</m:den></m:f>", "(a+b)/2"),
        (f"<m:sSup><m:e><m:d><m:e>{both}</m:e></m:d></m:e>{two}</m:sSup>", "(a+b)^2"),
        (f"{run('c=')}<m:rad><m:deg/><m:e>{run('2')}</m:e></m:rad>", "c=√2"),
        (f"<m:sSup><m:e>{run('e')}</m:e><m:sup>{run('x+1')}</m:sup></m:sSup>{run('+3')}", "e^(x+1)+3"),
        (f"<m:d><m:dPr><m:begChr m:val='|'/><m:endChr m:val='|'/></m:dPr><m:e>{run('x')}</m:e></m:d>", "|x|"),
    ):
        root = etree.fromstring(f"<p {OFFICE}><m:oMath>{formula}</m:oMath></p>")
        spell_formulas(root, "r", "t")
        assert "".join(root.itertext()) == said


def test_fields_directions_readings_and_formulas_of_word() -> None:
    import docx
    from docx.oxml import parse_xml

    document = docx.Document()
    for text in (
        f"<w:fldSimple {OFFICE} w:instr='SEQ Table'><w:r><w:t>7</w:t></w:r></w:fldSimple>",
        f"<w:bdo {OFFICE} w:val='rtl'><w:dir w:val='rtl'><w:r><w:t>inner</w:t></w:r></w:dir></w:bdo>",
        f"<w:r {OFFICE}><w:ruby><w:rt><w:r><w:t>han</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>漢字</w:t></w:r>"
        "</w:rubyBase></w:ruby></w:r>",
        f"<m:oMath {OFFICE}>{FORMULA}",
        f"<m:oMathPara {OFFICE}><m:oMath>{FORMULA}</m:oMathPara>",
    ):
        document.add_paragraph("See ")._p.append(parse_xml(text))
    found = [text for _, _, text in texts("a.docx", saved(document))]
    assert found == ["See 7", "See inner", "See 漢字", "See k=a/(b^2)", "See k=a/(b^2)"]


def test_shapes_that_powerpoint_writes_twice() -> None:
    import pptx
    from pptx.oxml import parse_xml

    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[6])
    head = (
        "<p:sp><p:nvSpPr><p:cNvPr id='77' name='Text'/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>"
    )
    for start, end in (("<m:oMath>", ""), ("<m:oMathPara><m:oMath>", "</m:oMathPara>")):
        words = f"<a:p><a:r><a:t>At most </a:t></a:r><a14:m>{start}{FORMULA}{end}</a14:m></a:p></p:txBody></p:sp>"
        slide.shapes._spTree.append(
            parse_xml(
                f"<mc:AlternateContent {OFFICE}><mc:Choice Requires='a14'>{head}{words}</mc:Choice>"
                f"<mc:Fallback>{head}<a:p/></p:txBody></p:sp></mc:Fallback></mc:AlternateContent>"
            )
        )
    assert [text for _, _, text in texts("a.pptx", saved(made))] == ["At most k=a/(b^2)"] * 2


def test_slides_without_a_title_stand_apart() -> None:
    import pptx

    made = pptx.Presentation()
    for text in ("First words.", "Second words."):
        made.slides.add_slide(made.slide_layouts[6]).shapes.add_textbox(0, 0, 9, 9).text_frame.text = text
    drafts = split(read("a.pptx", saved(made)).blocks, FakeEmbedder().count_many, 256)
    assert [(draft.page, draft.heading, draft.text) for draft in drafts] == [
        (1, "Slide 1", "First words."),
        (2, "Slide 2", "Second words."),
    ]


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("a.csv", b"Name;Price\nBolt;3,5\n\"a\nb\";4\n", "Name | Price\nBolt | 3,5\na b | 4"),
        ("a.csv", b"1,2\n3,4\n", "Column 1 | Column 2\n1 | 2\n3 | 4"),
        ("a.csv", b"Cost;01/2024;02/2024\nA;1,5;2\n", "Cost | 01/2024 | 02/2024\nA | 1,5 | 2"),
        ("a.csv", b",2024-01-01,1.2.2024\nA,1.5,2\n", "Column 1 | 2024-01-01 | 1.2.2024\nA | 1.5 | 2"),
        ("a.csv", b"A,2024-01-01\nB,2024-02-01\n", "Column 1 | Column 2\nA | 2024-01-01\nB | 2024-02-01"),
        ("a.csv", b"Made,2024-01-01\nItem,Price\nA,2\n", "Column 1 | Column 2\nMade | 2024-01-01\nItem | Price\nA | 2"),
        ("a.csv", b"Name,Value,Value\nA,1,2\n", "Name | Value | Value (2)\nA | 1 | 2"),
        ("a.csv", b"A,yes,yes\nB,no,yes\n", "Column 1 | Column 2 | Column 3\nA | yes | yes\nB | no | yes"),
        ("a.csv", b",2023,,2024\nItem,Plan,Actual,Plan,Actual\nA,1,2,3,4\n",
         "Item | 2023 Plan | 2023 Actual | 2024 Plan | 2024 Actual\nA | 1 | 2 | 3 | 4"),
        ("a.csv", b"Item,Plan,,Actual,\nItem,East,West,East,West\nA,1,2,3,4\n",
         "Item | Plan East | Plan West | Actual East | Actual West\nA | 1 | 2 | 3 | 4"),
        ("a.csv", b"Item,,Colour,Size\nA,x,red,red\nB,y,tall,wide\n",
         "Item | Column 2 | Colour | Size\nA | x | red | red\nB | y | tall | wide"),
        ("a.csv", b"Only\none\ntwo\n", "Only\none\ntwo"),
        ("a.csv", "编号,名称\n1,螺栓\n2,螺母\n".encode("gbk"), "编号 | 名称\n1 | 螺栓\n2 | 螺母"),
        ("a.tsv", b"Name\tPlace\nBolt, large\tA\n", "Name | Place\nBolt, large | A"),
        ("a.tsv", b'No\tPipe\n3\t"5 inch\n4\t6" wide\n5\t7"\n', 'No | Pipe\n3 | "5 inch\n4 | 6" wide\n5 | 7"'),
        ("a.tsv", b'No\tPipe\n3\t"5"" of\nsteel"\n4\t"big"\n', 'No | Pipe\n3 | 5" of steel\n4 | big'),
        ("a.jsonl", b'{"n": 1.50, "who": "Ann"}\n{"n": 2, "t": ["x", "y"]}', "n | who | t\n1.50 | Ann | \n2 |  | x, y"),
    ],
)  # fmt: skip
def test_tables(name: str, data: bytes, text: str) -> None:
    assert texts(name, data) == [(None, "", text)]


def test_json_keeps_its_path() -> None:
    value = {
        "firm": {"name": "Velm", "open": True, "closed": None},
        "orders": [{"id": 1, "item": "Bolt"}, {"id": 2, "item": "Nut"}],
        "notes": [{"title": "Tank", "text": "It leaks. " * 30}],
    }
    assert texts("a.json", json.dumps(value).encode()) == [
        (None, "firm", "name: Velm\nopen: yes"),
        (None, "orders", "id | item\n1 | Bolt\n2 | Nut"),
        (None, "notes > Tank", "title: Tank"),
        (None, "notes > Tank", "text: " + "It leaks. " * 30),
    ]
    assert [text for _, _, text in texts("a.json", b'{"a": {"b": 1}}\n{"a": {"b": 2}}\n')] == ["b: 1", "b: 2"]
    question = "How satisfied are you with the way in which we have dealt with your last repair request?"
    answers = [{"Flat": "12A", question: "very"}, {"Flat": "12B", question: "hardly"}]
    ((_, _, table),) = texts("a.json", json.dumps(answers).encode())
    assert table == f"Flat | {question}\n12A | very\n12B | hardly", "keys are names, whatever they look like"


def test_a_key_too_long_for_a_heading_is_text_too() -> None:
    question = "What has to be done when the pump stops? " * 4
    found = texts("a.json", json.dumps({question: "Close the valve. " * 30}).encode())
    assert [text for _, _, text in found] == [question, "Close the valve. " * 30]


def test_every_value_of_a_repeated_key_is_read() -> None:
    found = texts(
        "a.json", b'{"step": {"do": "Close the valve.", "note": 1}, "step": {"do": "Open it."}, "n": 1, "n": 2}'
    )
    assert found == [
        (None, "", "n: 1, 2"),
        (None, "step", "do | note\nClose the valve. | 1\nOpen it. | "),
    ]


def test_every_passage_of_a_record_names_it() -> None:
    long = "The pump made a noise and stopped when the valve was opened by the operator. " * 20
    tickets = [
        {"kind": "fault", "ticket": 4711, "customer": "Acme", "text": long},
        {"kind": "fault", "ticket": 4712, "customer": "Bolt", "text": "It hums.", "parts": [{"id": 1, "qty": 2}]},
        {"kind": "fault", "ticket": 4713, "customer": "Corb", "text": long},
    ]
    drafts = split(read("a.json", json.dumps(tickets).encode()).blocks, FakeEmbedder().count_many, 256)
    assert {draft.heading for draft in drafts if "pump" in draft.text} == {"ticket: 4711", "ticket: 4713"}
    assert all(draft.heading == "ticket: 4713" for draft in drafts if "Corb" in draft.text)
    assert drafts[0].text.startswith("kind: fault\nticket: 4711\ncustomer: Acme\n\ntext: The pump")
    faq = [{"question": f"What is fee {n}?", "answer": long if n == 1 else f"{n} crowns."} for n in range(4)]
    drafts = split(read("a.jsonl", "\n".join(map(json.dumps, faq)).encode()).blocks, FakeEmbedder().count_many, 256)
    assert drafts[-1].text == "\n\n".join(f"question: What is fee {n}?\nanswer: {n} crowns." for n in (2, 3))
    assert {draft.heading for draft in drafts[1:-1]} == {"question: What is fee 1?"}


def test_a_book_in_reading_order_under_its_chapters() -> None:
    assert texts("a.epub", book()) == [
        (None, "The Tower > Start > Masons", "They built it."),
        (None, "The Tower > The end", "It fell."),
    ]


def test_a_mail_with_attachments() -> None:
    message = mail()
    message.add_attachment(workbook(), maintype="application", subtype="octet-stream", filename="prices.xlsx")
    message.add_attachment(b"\x89PNG\r\n\x1a\n", maintype="image", subtype="png", filename="tank.png")
    inner = EmailMessage()
    inner["Subject"] = "Before"
    inner.set_content("It dripped.")
    message.add_attachment(inner)
    found = texts("a.eml", bytes(message))
    assert found[0] == (
        None, "Löcher im Tank", "From: Ann <ann@velm.example>\nTo: bob@velm.example\nSubject: Löcher im Tank",
    )  # fmt: skip
    assert found[1] == (None, "Löcher im Tank", "The tank leaks."), "the plain text, and not the same as HTML again"
    assert (1, "Löcher im Tank > prices.xlsx > Prices", "Price list of Velm") in found
    assert any(text.startswith("The attachment tank.png (image/png) was not read: ") for _, _, text in found)
    assert (None, "Löcher im Tank > Before", "It dripped.") in found


def test_an_attached_picture_is_no_part_of_the_text() -> None:
    message = mail()
    for disposition in ("inline", "attachment"):
        message.add_attachment(b"\x89PNG\r\n\x1a\n", maintype="image", subtype="png", filename=f"{disposition}.png",
                               disposition=disposition, cid="<f_lx1>")  # fmt: skip
    (told,) = [text for _, _, text in texts("a.eml", bytes(message)) if "was not read" in text]
    assert "attachment.png" in told


def test_an_attached_mail_in_base64() -> None:
    head = b"From: a@x\nContent-Type: multipart/mixed; boundary=X\n\n--X\nContent-Type: message/rfc822\n"
    inner = base64.encodebytes(b"Subject: Inner\n\nThe limit is 42 bar.\n")
    mail = head + b"Content-Transfer-Encoding: base64\n\n" + inner + b"--X--\n"
    assert texts("a.eml", mail)[-1] == (None, "Inner", "The limit is 42 bar.")


@pytest.mark.parametrize(
    ("plain", "html", "body"),
    [
        ("Your e-mail program cannot show HTML.", "Order 4711 ships on 5 May to Bonn.", "html"),
        ("您的邮件程序无法显示网页。", "订单四七一一将于五月五日发货，请准备好收货。", "html"),
        ("  \n", "The tank leaks.", "html"),
        ("The tank leaks. See https://velm.example/tank/4711", "The tank leaks. See more. Unsubscribe", "plain"),
        ("The tank leaks, so that nobody may drink from it now.", "View in browser", "plain"),
    ],
)
def test_the_text_of_a_mail_is_the_part_that_says_it(plain: str, html: str, body: str) -> None:
    message = EmailMessage()
    message["From"] = "a@x"
    message.set_content(plain)
    message.add_alternative(f"<p>{html}</p>", subtype="html")
    assert [text for _, _, text in texts("a.eml", bytes(message))[1:]] == [html if body == "html" else plain]


def test_an_invitation_beside_the_text_is_read() -> None:
    mail = nested("alternative", plain_part("Please join."), plain_part("LOCATION:Room 5", "calendar"))
    mail["From"] = "ann@example.org"
    found = texts("a.eml", mail.as_bytes())
    assert found[1:] == [(None, "", "Please join."), (None, "invitation.txt", "LOCATION:Room 5")]


def test_pages_of_an_attachment_that_take_long_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(data: bytes, told: Callable[[int, int], None]) -> Reading:
        told(1, 2)
        return Reading([Block("A scan.", 1, "")], 2)

    monkeypatch.setitem(_READERS, "CSV table", slow)
    message, heard = mail(), []
    message.add_attachment(b"a,b\n", maintype="text", subtype="csv", filename="a.csv")
    read("a.eml", bytes(message), lambda page, pages: heard.append((page, pages)))
    assert heard == [(1, 2)]


def test_headers_and_names_of_files_without_an_encoding() -> None:
    mail = (
        "From: 王 <a@b.cn>\nSubject: 关于水泵P-17的\n 检修通知\nContent-Type: multipart/mixed; boundary=X\n\n--X\n"
        'Content-Type: text/plain\nContent-Disposition: attachment; filename="报告说明.txt"\n\n内容在此。\n--X--\n'
    )
    for encoding in ("gbk", "utf-8"):
        assert texts("a.eml", mail.encode(encoding)) == [
            (None, "关于水泵P-17的 检修通知", "From: 王 <a@b.cn>\nSubject: 关于水泵P-17的 检修通知"),
            (None, "关于水泵P-17的 检修通知 > 报告说明.txt", "内容在此。"),
        ]


def attached(text: str, name: str) -> EmailMessage:
    part = EmailMessage()
    part.set_content(text)
    part.add_header("Content-Disposition", "attachment", filename=name)
    return part


def nested(kind: str, *parts: EmailMessage) -> EmailMessage:
    outer = EmailMessage()
    outer["Content-Type"] = f"multipart/{kind}"
    outer.set_payload(list(parts))
    return outer


def plain_part(text: str, subtype: str = "plain") -> EmailMessage:
    part = EmailMessage()
    part.set_content(text, subtype=subtype)
    return part


MAILS = {
    "text beside HTML with a file": lambda text, html, file: nested("alternative", text, nested("mixed", html, file)),
    "a signed one": lambda text, html, file: nested("signed", nested("mixed", text, file), signature()),
    "a list's footer": lambda text, html, file: nested("mixed", nested("mixed", text, file), plain_part("Footer.")),
    "a list's footer under HTML": lambda text, html, file: nested("mixed", html, file, plain_part("Footer.")),
    "a file among the pictures": lambda text, html, file: nested("mixed", nested("related", html, file)),
}


def signature() -> EmailMessage:
    part = EmailMessage()
    part["Content-Type"] = "application/pgp-signature"
    part.set_payload("-----BEGIN PGP SIGNATURE-----")
    return part


@pytest.mark.parametrize("kind", MAILS)
def test_a_file_is_found_however_deep_it_is_attached(kind: str) -> None:
    file = attached("The rent is EUR 900.", "contract.txt")
    mail = MAILS[kind](plain_part("See the contract."), plain_part("<p>See the contract.</p>", "html"), file)
    mail["From"] = "ann@example.org"
    found = [text for _, _, text in texts("a.eml", mail.as_bytes())]
    assert found.count("See the contract.") == 1 and "The rent is EUR 900." in found
    assert not any("was not read" in text for text in found)


def test_a_narrow_start_cuts_no_column_off() -> None:
    rows = "".join(f"clause {n}\n" for n in range(55)) + "item,price\nbolt,12\n"
    ((_, _, text),) = texts("a.csv", rows.encode())
    assert text.endswith("clause 54\nitem | price\nbolt | 12")


def test_a_table_is_as_wide_as_most_of_its_rows() -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["Item", "Colour", "Price"], ["Bolt", "grey", 2], ["Nut", "grey", 3], ["Screw", "red", 4]):
        book.active.append(row)
    book.active["H3"] = "checked by Ann"
    table = "Item | Colour | Price\nBolt | grey | 2\nNut | grey | 3 | checked by Ann\nScrew | red | 4"
    assert texts("a.xlsx", saved(book)) == [(1, "Sheet", table)]
    commas = b"name,email\nA,a@x\nB,b@x\nC,c@x, with, stray, commas\nD,d@x\n"
    assert texts("a.csv", commas) == [
        (None, "", "name | email\nA | a@x\nB | b@x\nC | c@x | with | stray | commas\nD | d@x")
    ]
    sparse = b"name,email,remark\nA,a@x\nB,b@x\nC,c@x,late\n"
    assert texts("a.csv", sparse) == [(None, "", "name | email | remark\nA | a@x | \nB | b@x | \nC | c@x | late")]
    titles = "".join(f"Note {n}\n" for n in range(8)) + "Name,Q1,Q2\nA,1,2\n"
    assert texts("a.csv", titles.encode())[1] == (None, "", "Name | Q1 | Q2\nA | 1 | 2")


def test_tables_of_one_sheet_keep_their_headers() -> None:
    sheet = b"Part,Torque\nM8,25\n\nM10,49\n\nSales of May\nRegion,Sales\nNorth,5000\n\nOn request\n"
    assert texts("a.csv", sheet) == [
        (None, "", "Part | Torque\nM8 | 25\nM10 | 49"),
        (None, "", "Sales of May"),
        (None, "", "Region | Sales\nNorth | 5000\nOn request | "),
    ]
    one = b"Name,Town,Phone\nAnn,Bonn,12\n\nBob,Kiel,none\nCyd,Jena,none\n\nOffice B\nEve,Ulm,15\n"
    assert len(texts("a.csv", one)) == 1
    titled = b"Made by,Ann\nChecked\n\nItem,Price,Colour,Size,Weight\nBolt,1,grey,2,3\n"
    assert texts("a.csv", titled)[0] == (None, "", "Made by Ann\nChecked")


def test_a_mail_in_html_of_an_unknown_character_set() -> None:
    raw = "Subject: x\nContent-Type: text/html; charset=nonesuch\n\n<h1>退货政策</h1><p>客户可以在三十七天内退货。</p>"
    assert texts("a.eml", raw.encode("gbk"))[1:] == [(None, "x > 退货政策", "客户可以在三十七天内退货。")]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("big5", "退貨政策：客戶可以在三十七天內退貨，請聯繫王經理。"),
        ("big5", "第一章 總則\n本公司員工應於每日上午九時到達倉庫。"),
        ("gbk", "台灣鐵路的時刻表已經更新"),
        ("latin-1", "Café crème à la carte"),
        ("latin-1", "Größe: 3 Stück für Müller"),
        ("latin-1", "El niño comió jamón en España; ¿cuánto costó?"),
        ("cp1252", "Oslo: 218 €\nParis: 99 €\n" * 16),
        ("cp1252", "Käse 1;9,15 €\n" * 40),
        ("cp1252", "Menü: 12,50 €"),
        ("cp1252", "Temp 20 °C"),
        ("cp1252", "El Niño"),
        ("cp1252", "It’s “fine” – the café’s naïve résumé, 5 m² for £20."),
        ("cp1252", "Hyvää päivää, Süßstoff, L’été, § 5 – ¿Qué?"),
        ("cp1250", "Pracownik może złożyć wniosek o urlop w ciągu trzydziestu dni."),
        ("cp1250", "Průtok čerpadla je příliš nízký, zkontrolujte těsnění a ventily."),
        ("cp1250", "A szivattyú leállítása előtt zárja el a szelepet; a nyomás ötször nőhet."),
        ("cp1252", "O operador deve fechar a válvula; não há informações sobre as pressões. " * 20),
        ("cp1254", "Depo sabah dokuzda açılır. " * 30),
        ("gbk", "VIP客户"),
        ("gbk", "plain words " * 20_000 + "价格：五元，员工出差应当填写申请表。"),
        ("gbk", "价格：5元"),
        ("koi8-r", "Сотрудник должен подать заявление в течение тридцати дней."),
        ("utf-16-le", "价格：5元"),
        ("latin-1", "Preço: não há informação sobre o coração"),
        ("gbk", "王经理"),
        ("euc_kr", "창고는 아침 아홉 시에 문을 엽니다. 토요일에는 닫습니다."),
        ("cp1251", "Привет, как дела? Склад открыт в девять часов утра."),
        ("shift_jis", "倉庫の営業時間は午前九時から午後五時までです。"),
    ],
)
def test_short_texts_in_old_encodings(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("head", "row", "encoding"),
    [("型号,价格", "A-{0},{0}元", "gbk"), ("型号,长度", "A-{0},{0}米", "gbk"), ("品名,価格", "A-{0},{0}円", "cp932")],
)
def test_a_list_with_one_sign_in_each_row_is_no_western_text(head: str, row: str, encoding: str) -> None:
    text = "\n".join([head, *(row.format(n) for n in range(60))])
    assert decode(text.encode(encoding)) == text


def test_a_few_bad_bytes_do_not_spoil_utf8() -> None:
    chinese = "第一章 总则。员工出差应当事先填写申请表。"
    for cut in (1, 2):
        assert decode((chinese * 3).encode()[:-cut]) == (chinese * 3)[:-1]
    log = "10:00 user=Müller\n" * 9
    assert decode(log.encode() + "user=J\xfcrg".encode("latin-1")) == log + "user=J\ufffdrg"


def test_a_mail_with_a_bad_byte_and_bad_attachments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = b"From: a@x\nSubject: Limits\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    text = "Die Prüfung der Geräte — jährlich. " * 9
    assert texts("a.eml", head + text.encode() + b"f\xfcr alle\n")[1][2] == f"{text}f\ufffdr alle"
    write_pdf(tmp_path / "a.pdf", [[(f"Page {n} of a text that is long enough", 12)] for n in range(2)])
    message = mail()
    hurt = (tmp_path / "a.pdf").read_bytes().replace(b"/Type /Page\n", b"/Type /Pxge\n")
    message.add_attachment(hurt, maintype="application", subtype="pdf", filename="hurt.pdf")
    deep = "<div>" * 2000 + "words"
    message.add_attachment(deep, subtype="html", filename="deep.html")
    said = [text for _, _, text in texts("a.eml", bytes(message)) if "was not read" in text]
    assert "hurt.pdf" in said[0] and "damaged" in said[0]
    assert "deep.html" in said[1] and "nested too deeply" in said[1]
    (_, (_, _, text)) = texts("a.eml", b"From: a@x\nContent-Type: text/html\n\n" + deep.encode())
    assert text.startswith("The text of the mail was not read: ")


def bad_files(folder: Path) -> dict[str, tuple[type[UnreadableDocument], str]]:
    """Files that cannot be read, and what is said of each."""
    sheets, slides = workbook(), deck()
    laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
    )
    laughs += b"]><worksheet><sheetData><row><c t='inlineStr'><is><t>&j;</t></is></c></row></sheetData></worksheet>"
    for name, data in {
        "cut.xlsx": sheets[:4000], "cut.pptx": slides[:4000], "cut.epub": book()[:400], "cut.zip": sheets[:4000],
        "hurt.xlsx": changed(sheets, "xl/workbook.xml", b"<workbook"),
        "laughs.xlsx": changed(sheets, "xl/worksheets/sheet1.xml", laughs),
        "hurt.pptx": changed(slides, "ppt/slides/slide1.xml", b"<p:sld"),
        "hurt.epub": changed(book(), "in/book.opf", b"nothing"),
        "locked.epub": book(locked=True), "locked.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "slides.xlsx": slides + b" ", "sheet.epub": sheets + b" ", "picture.png": b"\x89PNG\r\n\x1a\n", "old.xls": b"x",
        "bomb.xlsx": stating(zipped({"xl/workbook.xml": b"x"}), 600 * 2**20),
        "cut.json": b'{"a": [1, 2', "deep.json": b"[" * 200_000, "deeper.json": b"[" * 90 + b"1" + b"]" * 90,
        "cut.jsonl": b'{"a": 1}\n{"a": ', "words.eml": b"just words\n\nmore", "noise.csv": bytes(range(256)) * 20,
        "nothing.csv": b"", "blank.csv": b",,,\n,,\n", "blank.json": b"{}", "empty.zip": zipped({}),
    }.items():  # fmt: skip
        (folder / name).write_bytes(data)
    return {
        "cut.xlsx": (BrokenDocument, "cannot be unpacked"), "cut.pptx": (BrokenDocument, "cannot be unpacked"),
        "cut.epub": (BrokenDocument, "cannot be unpacked"), "cut.zip": (BrokenDocument, "cannot be unpacked"),
        "hurt.xlsx": (BrokenDocument, "workbook is damaged"), "laughs.xlsx": (BrokenDocument, "workbook is damaged"),
        "hurt.pptx": (BrokenDocument, "presentation is damaged"), "hurt.epub": (BrokenDocument, "book is damaged"),
        "locked.epub": (PasswordNeeded, "against copying"), "locked.xlsx": (PasswordNeeded, r"save it as \.xlsx"),
        "slides.xlsx": (WrongSuffix, "looks like a PowerPoint"), "sheet.epub": (WrongSuffix, "looks like an Excel"),
        "picture.png": (BrokenDocument, "is damaged") if ocr_installed() else (NeedsOcr, r"domain-tuner\[ocr\]"),
        "old.xls": (UnsupportedFormat, r"export it as \.xlsx"),
        "bomb.xlsx": (DocumentTooLarge, "unpacks to over 512 MB"),
        "cut.json": (BrokenDocument, "not JSON"), "deep.json": (DocumentTooLarge, "nested too deeply"),
        "deeper.json": (DocumentTooLarge, "nested too deeply"), "cut.jsonl": (BrokenDocument, "Line 2 is not JSON"),
        "words.eml": (BrokenDocument, "headers"), "noise.csv": (WrongSuffix, "binary data"),
        "nothing.csv": (EmptyDocument, "0 bytes"), "blank.csv": (EmptyDocument, "no text"),
        "blank.json": (EmptyDocument, "no text"), "empty.zip": (EmptyDocument, "holds no files"),
    }  # fmt: skip


def test_every_bad_file_is_named_and_the_rest_goes_in(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    expected = bad_files(folder)
    for name, data in {"a.xlsx": workbook(), "a.pptx": deck(), "a.epub": book(), "a.eml": bytes(mail())}.items():
        (folder / name).write_bytes(data)
    results = {result.name: result for result in Corpus(tmp_path / "c", embedder=FakeEmbedder()).ingest([folder])}
    assert {name for name, result in results.items() if result.status == "indexed"} == {
        "a.xlsx", "a.pptx", "a.epub", "a.eml",
    }  # fmt: skip
    with Parser() as parser:
        for name, (error, words) in expected.items():
            assert results[name].status == "failed"
            with pytest.raises(error, match=words):
                parser.members(folder / name, name) if name.endswith(".zip") else parser.parse(folder / name, name)


def test_no_entity_of_a_file_reads_another_file(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text(SECRET)
    place = (tmp_path / "secret.txt").as_uri()
    entity = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY x SYSTEM "{place}">]>'.encode()
    sheet = b"<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><sheetData><row r='1'>"
    sheet += b"<c r='A1' t='inlineStr'><is><t>words &x;</t></is></c></row></sheetData></worksheet>"
    with zipfile.ZipFile(io.BytesIO(deck())) as archive:
        slide = archive.read("ppt/slides/slide1.xml").partition(b"?>")[2].replace(b"31 days", b"31 days &x;")
    for name, data in {
        "a.epub": book(entity=place),
        "a.xlsx": changed(workbook(), "xl/worksheets/sheet1.xml", entity + sheet),
        "a.pptx": changed(deck(), "ppt/slides/slide1.xml", entity + slide),
    }.items():
        try:
            assert SECRET not in str(texts(name, data))
        except BrokenDocument:
            continue


def test_an_archive_is_the_documents_in_it(tmp_path: Path) -> None:
    write_pdf(tmp_path / "a.pdf", [[("The tower of Omm was finished in the year 1642 by masons.", 12)]])
    inner = zipped(
        {"deep/notes.md": "# Leave\n\nStaff have 31 days.", "deepest.zip": zipped({"c.txt": "Third level."})}
    )
    (tmp_path / "all.zip").write_bytes(
        zipped(
            {
                "letters/a.pdf": (tmp_path / "a.pdf").read_bytes(), "letters/./../../etc/gate.txt": "Gate words.",
                "more.zip": inner, "tool.exe": b"MZ", "hurt.json": "{", ".hidden": "x", "__MACOSX/._a": "x",
                "twice.txt": "One.", "same.txt": "Gate words.", "图纸/说明.txt": "塔的说明。",
            }
        )
    )  # fmt: skip
    corpus = Corpus(tmp_path / "corpus", embedder=FakeEmbedder())
    results = corpus.ingest([tmp_path / "all.zip"])
    assert [(result.name, result.status) for result in results] == [
        ("all.zip/letters/a.pdf", "indexed"), ("all.zip/letters/etc/gate.txt", "indexed"),
        ("all.zip/more.zip/deep/notes.md", "indexed"), ("all.zip/more.zip/deepest.zip/c.txt", "indexed"),
        ("all.zip/tool.exe", "failed"), ("all.zip/hurt.json", "failed"), ("all.zip/twice.txt", "indexed"),
        ("all.zip/same.txt", "unchanged"), ("all.zip/图纸/说明.txt", "indexed"),
    ]  # fmt: skip
    hit = corpus.search("tower of Omm 1642", 1)[0]
    assert (hit.passage.document, hit.passage.page) == ("all.zip/letters/a.pdf", 1)
    assert {document.folder for document in corpus.documents()} == {
        "all.zip", "all.zip/letters", "all.zip/letters/etc", "all.zip/more.zip/deep", "all.zip/more.zip/deepest.zip",
        "all.zip/图纸",
    }  # fmt: skip
    again = corpus.ingest([tmp_path / "all.zip"])
    assert {result.status for result in again} == {"unchanged", "failed"}


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("Größe.txt", "cp437"),
        ("Résumé.txt", "cp850"),
        ("Größe.txt", "cp1252"),
        ("发票.txt", "gbk"),
        ("附件.txt", "utf-8"),
    ],
)
def test_names_in_an_archive_of_an_older_program(tmp_path: Path, name: str, encoding: str) -> None:
    written = name.encode(encoding)
    data = zipped({"x" * len(written): "words"}).replace(b"x" * len(written), written)
    (tmp_path / "a.zip").write_bytes(data)
    with Parser() as parser:
        assert [member.name for member in parser.members(tmp_path / "a.zip", "a.zip")] == [name]


def test_archives_that_are_too_much(tmp_path: Path) -> None:
    nested = zipped({"x.txt": "x"})
    for _ in range(4):
        nested = zipped({"in.zip": nested, "y.txt": "y"})
    many = zipped({f"{n}.txt": b"" for n in range(10_001)})
    bomb = zipped({"in.zip": stating(zipped({f"{n}.txt": b"x" for n in range(4)}), 120 * 2**20), "a.txt": bytes(2**25)})
    locked = bytearray(zipped({"locked.txt": "words", "open.txt": "words"}))
    for start in (locked.index(b"PK\x01\x02") + 8, 6):  # the flag that says: encrypted
        locked[start] |= 1
    hurt = bytearray(zipped({"hurt.txt": "words " * 99, "open.txt": "words"}))
    hurt[42] ^= 0xFF
    for name, data in {
        "nested.zip": nested, "many.zip": many, "bomb.zip": bomb, "locked.zip": bytes(locked), "hurt.zip": bytes(hurt),
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(data)
    with Parser() as parser:

        def problems(name: str) -> dict[str, str | None]:
            return {member.name: member.problem for member in parser.members(tmp_path / name, name)}

        found = problems("nested.zip")
        assert "archives deep" in (found["in.zip/in.zip/in.zip"] or "") and found["in.zip/in.zip/y.txt"] is None
        with pytest.raises(DocumentTooLarge, match="over 10000 files"):
            problems("many.zip")
        with pytest.raises(DocumentTooLarge, match="unpacks to over"):
            problems("bomb.zip")
        assert "password" in (problems("locked.zip")["locked.txt"] or "")
        assert problems("locked.zip")["open.txt"] is None
        found = problems("hurt.zip")
        assert "damaged" in (found["hurt.txt"] or "") and found["open.txt"] is None


def test_every_format_has_a_reader() -> None:
    assert {*SUPPORTED.values(), *PICTURES.values()} == {*_READERS, "ZIP archive"}
