"""Word documents: what they write in ways of their own, and what stands beside the text."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from retrieval.readers import read

pytestmark = pytest.mark.quick
WORD = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)


def found(document: Any, **parts: str) -> list[tuple[str, str]]:
    """What is read from it, with these parts (of the folder word) added."""
    data = io.BytesIO()
    document.save(data)
    with zipfile.ZipFile(data, "a") as archive:
        for name, part in parts.items():
            archive.writestr(f"word/{name}.xml", part)
    return [(block.heading, block.text) for block in read("a.docx", data.getvalue()).blocks]


def box(text: str) -> str:
    return f"<w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:txbxContent>"


def test_text_boxes_of_all_forms() -> None:
    import docx
    from docx.oxml import parse_xml

    drawn = f"<w:drawing><wps:txbx>{box('Stop')}</wps:txbx></w:drawing>"
    for shapes in (
        drawn,
        f"<mc:AlternateContent><mc:Choice Requires='wps'>{drawn}</mc:Choice></mc:AlternateContent>",
        f"<mc:AlternateContent><mc:Choice Requires='wps'>{drawn}</mc:Choice><mc:Fallback><w:pict><v:oval><v:textbox>"
        f"{box('Stop')}</v:textbox></v:oval></w:pict></mc:Fallback></mc:AlternateContent>",
        f"<w:pict><v:oval><v:textbox>{box('Stop')}</v:textbox></v:oval></w:pict>",
    ):
        document = docx.Document()
        document.add_paragraph("Flow chart")._p.append(parse_xml(f"<w:r {WORD}>{shapes}</w:r>"))
        assert [text for _, text in found(document)] == ["Flow chart", "Stop"]


def test_headers_footers_and_comments() -> None:
    import docx

    document = docx.Document()
    document.add_heading("Pump Manual QM-7", 0)
    document.add_paragraph("All about the pump.")
    section = document.sections[0]
    section.header.paragraphs[0].text = "QM-7 Pump manual"
    section.footer.paragraphs[0].text = "Owner: Jane Roe"
    section.footer.add_paragraph("Page 1 of 3")
    comment = "<w:comment w:id='0'><w:p><w:r><w:t>Is 12 bar right?</w:t></w:r></w:p></w:comment>"
    assert found(document, comments=f"<w:comments {WORD}>{comment}</w:comments>") == [
        ("Pump Manual QM-7", "All about the pump."),
        ("Pump Manual QM-7 > Headers and footers", "Owner: Jane Roe"),
        ("Pump Manual QM-7 > Comments", "Is 12 bar right?"),
    ]


def test_styles_based_on_headings_are_headings() -> None:
    import docx
    from docx.enum.style import WD_STYLE_TYPE

    document = docx.Document()
    for name, base in (("Chapter of O'Neill", "Heading 1"), ("Deep", "Chapter of O'Neill"), ("Plain", "Normal")):
        document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = document.styles[base]
        document.add_paragraph(f"In {name}", name)
    assert found(document) == [("", "In Chapter of O'Neill"), ("In Deep", "In Plain")]


def test_footnotes_stand_apart() -> None:
    import docx
    from docx.oxml import parse_xml

    document = docx.Document()
    document.add_heading("Last chapter", 1)
    paragraph = document.add_paragraph("It holds 12 bar.")
    paragraph._p.append(parse_xml(f"<w:r {WORD}><w:footnoteReference w:id='2'/></w:r>"))
    note = "<w:footnote w:id='2'><w:p><w:r><w:t>At 20 degrees.</w:t></w:r></w:p></w:footnote>"
    assert found(document, footnotes=f"<w:footnotes {WORD}>{note}</w:footnotes>") == [
        ("Last chapter", "It holds 12 bar.[1]"),
        ("Notes", "1. At 20 degrees."),
    ]


def test_a_list_goes_on_after_a_paragraph() -> None:
    import docx

    document = docx.Document()
    for text, style in (
        ("Open the valve.", "List Number"),
        ("Close it.", "List Number"),
        ("Mind the heat!", "Normal"),
        ("Stop the pump.", "List Number"),
        ("Or so:", "List Bullet"),
    ):
        document.add_paragraph(text, style)
    texts = [text for _, text in found(document)]
    assert texts == ["1. Open the valve.\n2. Close it.", "Mind the heat!", "3. Stop the pump.", "- Or so:"]
    numbering = document.part.numbering_part.numbering_definitions._numbering
    used = document.styles["List Number"].element.pPr.numPr.numId.val
    again = numbering.add_num(next(each for each in numbering.num_lst if each.numId == used).abstractNumId.val)
    again.add_lvlOverride(ilvl=0).add_startOverride(1)
    properties = document.add_paragraph("Begin anew.", "List Number")._p.get_or_add_pPr().get_or_add_numPr()
    properties.get_or_add_numId().val = again.numId
    properties.get_or_add_ilvl().val = 0
    assert [text for _, text in found(document)][-1] == "1. Begin anew."


def test_charts_and_diagrams() -> None:
    import docx

    def points(role: str, *values: str) -> str:
        inner = "".join(f'<c:pt idx="{at}"><c:v>{value}</c:v></c:pt>' for at, value in enumerate(values))
        return f"<c:{role}>{inner}</c:{role}>"

    series = "".join(
        f"<c:ser><c:tx><c:v>{name}</c:v></c:tx>{points('cat', 'East', 'West')}{points('val', *values)}</c:ser>"
        for name, values in (("Carts", ("1.5", "0.30000000000000004")), ("Bolts", ("7",)))
    )
    title = "<c:chart><c:title><a:t>Sold </a:t><a:t>in May</a:t></c:title></c:chart>"
    model = "".join(f"<d:pt><d:t><a:p><a:t>{word}</a:t></a:p></d:t></d:pt>" for word in ("Order", "Pack"))
    names = 'xmlns:c="chart" xmlns:a="drawing" xmlns:d="diagram"'
    parts = {
        "charts/chart1": f"<c:chartSpace {names}>{title}{series}</c:chartSpace>",
        "diagrams/data1": f"<d:dataModel {names}>{model}</d:dataModel>",
    }
    assert [text for _, text in found(docx.Document(), **parts)] == [
        "- Order\n- Pack",
        "Sold in May",
        "Category | Carts | Bolts\nEast | 1.5 | 7\nWest | 0.3 | ",
    ]


def test_items_and_headings_have_the_numbers_that_word_draws() -> None:
    import docx
    from docx.oxml import parse_xml

    def level(at: int, form: str, text: str, more: str = "", start: int = 1) -> str:
        said = f"<w:start w:val='{start}'/><w:numFmt w:val='{form}'/>{more}<w:lvlText w:val='{text}'/>"
        return f"<w:lvl w:ilvl='{at}'>{said}</w:lvl>"

    def items(numbering: str, *said: tuple[str, int, str]) -> list[tuple[str, str]]:
        document = docx.Document()
        rules = "<w:name w:val='Rules'/><w:pPr><w:numPr><w:numId w:val='91'/></w:numPr></w:pPr>"
        document.styles.element.append(
            parse_xml(f"<w:style {WORD} w:type='numbering' w:styleId='Rules'>{rules}</w:style>")
        )
        lists = document.part.numbering_part.element
        for each in reversed(numbering.split("\n")):
            lists.insert(0, parse_xml(each.replace(" ", f" {WORD} ", 1)))
        for text, at, style in said:
            properties = document.add_paragraph(text, style)._p.get_or_add_pPr().get_or_add_numPr()
            properties.get_or_add_numId().val = 90
            properties.get_or_add_ilvl().val = at
        return found(document)

    rules = ("Scope", 0, "Heading 1"), ("Who", 1, "Heading 2"), ("Staff", 2, "Normal"), ("Guests", 2, "Normal")
    kind, numbers = "<w:abstractNum w:abstractNumId='90'>", "<w:num w:numId='90'><w:abstractNumId w:val='90'/>"
    levels = level(0, "decimal", "%1") + level(1, "decimal", "%1.%2") + level(2, "lowerLetter", "(%3)", start=26)
    plain = [("1 Scope > 1.1 Who", "    (z) Staff\n    (aa) Guests")]
    assert items(f"{kind}{levels}</w:abstractNum>\n{numbers}</w:num>", *rules) == plain
    style = f"{kind}<w:styleLink w:val='Rules'/>{levels}</w:abstractNum>\n{numbers}</w:num>".replace("'90'", "'91'")
    linked = f"{kind}<w:numStyleLink w:val='Rules'/></w:abstractNum>\n{numbers}</w:num>"
    assert items(f"{linked}\n{style}", *rules) == plain
    own = [level(0, "upperRoman", "Article %1"), level(1, "decimalZero", "Section %1.%2", "<w:isLgl/>")]
    own += [level(2, "chineseCounting", "第%3条", start=20)]
    instead = "".join(f"<w:lvlOverride w:ilvl='{at}'>{each}</w:lvlOverride>" for at, each in enumerate(own))
    assert items(f"{kind}{levels}</w:abstractNum>\n{numbers}{instead}</w:num>", *rules) == [
        ("Article I Scope > Section 1.01 Who", "    第二十条 Staff\n    第二十一条 Guests")
    ]


CHART = 'xmlns:c="chart" xmlns:a="drawing"'


def test_charts_show_dates_as_dates_and_words_as_they_are() -> None:
    import docx

    def points(role: str, kind: str, form: str, *values: str) -> str:
        inner = "".join(f'<c:pt idx="{at}"><c:v>{value}</c:v></c:pt>' for at, value in enumerate(values) if value)
        return f"<c:{role}><c:{kind}Ref><c:{kind}Cache>{form}{inner}</c:{kind}Cache></c:{kind}Ref></c:{role}>"

    def series(plot: str, name: str, categories: str, *values: str) -> str:
        form = "<c:formatCode>0.0%</c:formatCode>" if name == "Share" else ""
        named = f"<c:tx><c:strRef><c:f>S!$B$1</c:f><c:strCache><c:pt idx='0'><c:v>{name}</c:v></c:pt></c:strCache>"
        numbers = points("val", "num", form, *values)
        return f"<c:{plot}><c:ser>{named}</c:strRef></c:tx>{categories}{numbers}</c:ser></c:{plot}>"

    days = points("cat", "num", "<c:formatCode>yyyy\\-mm</c:formatCode>", "45292", "45323")
    rooms = points("cat", "str", "", "007", "A | B")
    title = "".join(f"<a:p><a:r><a:t>{word}</a:t></a:r></a:p>" for word in ("Per", "month"))
    axis = f"<c:valAx><c:title>{title}</c:title></c:valAx>"
    hidden = f"<x:ser xmlns:x='newer'>{days}{points('val', 'num', '', '5')}</x:ser>"
    plots = [
        series("bar3DChart", "Load", days, "1.5", "#N/A"),
        series("lineChart", "Share", "", "0.125", "1"),  # on the same axis
        series("ofPieChart", "Rooms", rooms, "3", "4"),
    ]
    part = f"<c:chartSpace {CHART}><c:plotArea>{''.join(plots)}{axis}{hidden}</c:plotArea></c:chartSpace>"
    assert [text for _, text in found(docx.Document(), **{"charts/chart2": part})] == [
        "Per month",
        "Category | Load | Share\n2024-01-01 | 1.5 | 12.5%\n2024-02-01 | #N/A | 100%",
        "Category | Rooms\n007 | 3\nA / B | 4",
    ]


def test_charts_of_the_newer_kinds() -> None:
    import docx

    def level(form: str, *values: str) -> str:
        inner = "".join(f"<c:pt idx='{at}'>{value}</c:pt>" for at, value in enumerate(values))
        return f"<c:lvl {form}>{inner}</c:lvl>"

    names = level("", "Hall", "Yard") + level("", "North", "North")
    sizes = level("formatCode='0%'", "0.25", "0.75")
    data = f"<c:data id='1'><c:strDim type='cat'>{names}</c:strDim><c:numDim type='size'>{sizes}</c:numDim></c:data>"
    series = "<c:series><c:tx><c:txData><c:f>B1</c:f><c:v>Area</c:v></c:txData></c:tx><c:dataId val='1'/></c:series>"
    part = f"<c:chartSpace {CHART}>{data}{series}<c:series layoutId='paretoLine'/></c:chartSpace>"
    texts = [text for _, text in found(docx.Document(), **{"charts/chartEx1": part})]
    assert texts == ["Category | Area\nNorth / Hall | 25%\nNorth / Yard | 75%"]
