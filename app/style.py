"""The page's style sheet. Colours are Gradio's own variables, so that light and dark both work.

Gradio puts its own selectors before each rule's, and gets that wrong for a list of several with .dark: such a rule has
one selector, with :is() where it is for several things. Rules within @media do not reach the page's outermost boxes.
"""

CSS = """
.gradio-container { max-width: 1180px !important; width: 100% !important; margin: 0 auto !important;
  padding: 0 0 48px !important; box-sizing: border-box; }
.gradio-container .main.fillable.app { padding: 16px min(48px, 3.6vw); }
.gradio-container main.contain, .gradio-container .wrap.fillable {
  width: 100%; max-width: none !important; padding: 0; }
.gradio-container :is(a, button, input, summary, textarea):focus-visible, .dt-fold > label:has(:focus-visible) {
  outline: 2px solid var(--primary-600) !important; outline-offset: 2px; }
.gradio-container .secondary-wrap > input { padding-right: 32px; text-overflow: ellipsis; }
.html-container { padding: 0 !important; }
.block:has(> .html-container > div:empty), .dt-hidden { display: none !important; }
.dt-next { max-width: 300px; align-self: center; }
footer { display: none !important; }
.dt-masthead { padding: 20px 0 0; display: grid; grid-template-columns: 1fr auto; align-items: baseline; }
.dt-masthead a, .dt-card a { font-size: .9rem; color: var(--primary-700); }
.dt-masthead h1 { font-size: 1.35rem; font-weight: 650; letter-spacing: -.01em; margin: 0; }
.dt-masthead p { grid-column: 1 / -1; margin: 2px 0 0; color: var(--body-text-color-subdued); font-size: .95rem; }
.dt-heading { font-size: 1.05rem; font-weight: 600; margin: 26px 0 4px; }
.tab-container button.selected { color: var(--primary-700); }
.dt-faint, .dt-cost { color: var(--body-text-color-subdued); font-size: .85rem; }
p.dt-faint { margin: 4px 0 8px; }
.dt-about { margin: 0; line-height: 1.5; }
.dt-row { align-items: end; }
.dt-question { align-items: stretch; }
.dt-row .dt-beside { flex: 1 1 240px; min-width: 240px; }

.dt-empty { display: flex; flex-direction: column; gap: 4px; align-items: center; text-align: center;
  padding: 36px 20px; border: 1px dashed var(--border-color-primary); border-radius: 10px; }
.dt-empty span { color: var(--body-text-color-subdued); max-width: 46ch; }
.dt-notice { padding: 9px 13px; border-radius: 8px; border-left: 3px solid var(--primary-600);
  background: var(--background-fill-secondary); line-height: 1.45; margin: 6px 0; overflow-wrap: anywhere; }
.dt-notice.warning { border-left-color: #d97706; }
.dt-notice.error { border-left-color: #dc2626; }

.dt-scroll { overflow-x: auto; border: 1px solid var(--border-color-primary); border-radius: 10px;
  background: var(--block-background-fill); }
.dt-table { width: 100%; border-collapse: collapse; font-size: .9rem; }
.dt-table th { text-align: left; font-weight: 550; color: var(--body-text-color-subdued); padding: 9px 12px;
  border-bottom: 1px solid var(--border-color-primary); white-space: nowrap; }
.dt-table td { padding: 8px 12px; border-bottom: 1px solid var(--border-color-primary); vertical-align: top;
  overflow-wrap: anywhere; min-width: 6ch; }
.dt-table tr:last-child td { border-bottom: 0; }
.dt-table .n, .dt-table .p { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.dt-table .m { min-width: 17ch; }
.dt-table .w { min-width: 24ch; }
.dt-table .a { min-width: 14ch; }
.dt-table .i, .dt-table .s { white-space: nowrap; }

.dt-badge { display: inline-block; padding: 1px 8px; border-radius: 999px; font-size: .78rem; white-space: nowrap;
  background: var(--background-fill-secondary); color: var(--body-text-color-subdued);
  border: 1px solid var(--border-color-primary); }
.dt-badge.done { color: #0f766e; border-color: #5eead4; background: #f0fdfa; }
.dt-badge.training, .dt-badge.preparing { color: #1d4ed8; border-color: #93c5fd; background: #eff6ff; }
.dt-badge.failed { color: #b91c1c; border-color: #fca5a5; background: #fef2f2; }
.dt-badge.refused, .dt-badge.interrupted, .dt-badge.cancelled {
  color: #92400e; border-color: #fcd34d; background: #fffbeb; }

.dt-bar { height: 6px; border-radius: 3px; background: var(--border-color-primary); overflow: hidden; margin: 8px 0; }
.dt-bar i { display: block; height: 100%; background: var(--primary-600); transition: width .4s; }
.dt-working { padding: 6px 2px; font-size: .92rem; }
.dt-report { margin: 8px 0; }
.dt-report summary { cursor: pointer; padding: 5px 0; }
.dt-report ul { margin: 4px 0 0; padding-left: 4px; list-style: none; line-height: 1.7; overflow-wrap: anywhere; }

.dt-card { border: 1px solid var(--border-color-primary); border-radius: 10px; padding: 14px 16px;
  background: var(--block-background-fill); }
.dt-card header { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: baseline; margin-bottom: 8px; }
.dt-phase { margin: 0; }
.dt-facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(104px, 1fr)); gap: 8px 14px; margin: 12px 0; }
.dt-facts dt { font-size: .78rem; color: var(--body-text-color-subdued); }
.dt-facts dd { margin: 0; font-variant-numeric: tabular-nums; }

.dt-curve { display: grid; grid-template: auto 180px auto / auto 1fr; gap: 2px 8px; font-size: .78rem;
  color: var(--body-text-color-subdued); }
.dt-curve .dt-y-name { grid-column: 1 / 3; }
.dt-curve .dt-y { display: flex; flex-direction: column; justify-content: space-between; text-align: right; }
.dt-curve .dt-x { grid-column: 2; display: flex; justify-content: space-between; }
.dt-curve svg { width: 100%; height: 180px; border-left: 1px solid var(--border-color-primary);
  border-bottom: 1px solid var(--border-color-primary); overflow: visible; }
.dt-curve polyline { fill: none; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.dt-curve .raw { stroke: var(--primary-500); stroke-width: 1; opacity: .35; }
.dt-curve .smooth { stroke: var(--primary-700); stroke-width: 2; }

.dt-unavailable { display: inline-block; color: var(--body-text-color-subdued); font-size: .86rem;
  margin-right: 16px; }
#chat .html-container { max-height: 56vh; overflow: auto; display: flex; flex-direction: column-reverse; }
.dt-chat { display: flex; flex-direction: column; gap: 10px; padding: 4px 2px; }
.dt-asked { align-self: flex-end; max-width: 82%; padding: 9px 14px; border-radius: 14px 14px 3px 14px;
  background: var(--primary-700); color: white; white-space: pre-wrap; overflow-wrap: anywhere; }
.dt-answered { align-self: flex-start; width: min(100%, 760px); box-sizing: border-box; padding: 10px 14px;
  border-radius: 14px 14px 14px 3px; border: 1px solid var(--border-color-primary);
  background: var(--block-background-fill); }
.dt-text { white-space: pre-wrap; overflow-wrap: anywhere; margin: 4px 0; line-height: 1.5; font-size: 1.02rem; }
.dt-pending { color: var(--body-text-color-subdued); }
.dt-pending::after { content: " ●"; color: var(--primary-600); animation: dt-blink 1s infinite; }
@keyframes dt-blink { 50% { opacity: .15; } }
.dt-cost { margin: 8px 0 0; }

.dt-cards { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 12px; margin-top: 8px; }
@media (max-width: 1180px) { .dt-cards { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
@media (max-width: 640px) { .dt-cards { grid-template-columns: minmax(0, 1fr); } }
.dt-arm { display: flex; flex-direction: column; min-width: 0; }
.dt-fold > label { cursor: pointer; border-radius: 5px; }
.dt-fold > label > input { position: absolute; opacity: 0; }
.dt-fold > label::before { content: "▸"; }
.dt-fold > label:has(:checked)::before { content: "▾"; }
.dt-fold > label:not(:has(:checked)) + div { display: none; }
.dt-sources > label { display: flex; gap: 6px; font-size: .88rem; padding: 4px 0;
  color: var(--body-text-color-subdued); }
.dt-source { border-top: 1px solid var(--border-color-primary); font-size: .88rem; }
.dt-number { min-width: 1.5em; text-align: center; border-radius: 5px; font-weight: 600;
  background: var(--background-fill-secondary); border: 1px solid var(--border-color-primary); }
.dt-source :is(header, label) { display: flex; flex-wrap: wrap; gap: 3px 8px; padding: 7px 0; align-items: baseline; }
.dt-source mark { background: var(--primary-200); color: inherit; border-radius: 3px; }
.dt-where { overflow-wrap: anywhere; flex: 1 1 60%; }
.dt-source blockquote { margin: 0 0 9px; padding: 8px 12px; white-space: pre-wrap; overflow-wrap: anywhere;
  line-height: 1.5; border-left: 3px solid var(--primary-400); background: var(--background-fill-secondary);
  border-radius: 0 6px 6px 0; }

.dt-compared { margin: 12px 0 0; overflow-wrap: anywhere; }
.dt-example { margin: 4px 0 8px; padding: 8px 12px; font-size: .8rem; white-space: pre-wrap; overflow-wrap: anywhere;
  background: var(--background-fill-secondary); border-radius: 6px; }
.dt-log { max-height: 320px; overflow: auto; }
.dt-meanings { margin: 6px 0; font-size: .88rem; line-height: 1.45; }
.dt-meanings dt { font-weight: 600; }
.dt-meanings dd { margin: 0 0 6px; color: var(--body-text-color-subdued); }
.dt-verdict strong { display: block; font-size: 1.08rem; }
.dt-verdict { font-size: .95rem; line-height: 1.5; padding: 12px 16px; border-radius: 10px; margin: 4px 0 12px;
  background: var(--background-fill-secondary); border: 1px solid var(--border-color-primary); }
.dt-score { display: block; font-weight: 500; }
.dt-score.best { color: var(--primary-700); font-weight: 700; }
.dt-range { display: block; font-size: .78rem; color: var(--body-text-color-subdued); }
.dt-whisker { display: block; position: relative; height: 6px; margin-top: 4px; min-width: 80px; border-radius: 3px;
  background: var(--border-color-primary); }
.dt-whisker i { position: absolute; top: 0; height: 6px; background: var(--primary-300); border-radius: 3px; }
.dt-whisker b { position: absolute; top: -2px; width: 2px; height: 10px; background: var(--primary-800); }
.dt-said.right { color: #0f766e; } .dt-said.partly { color: #92400e; } .dt-said.wrong { color: #b91c1c; }

.dark .dt-badge { background: transparent; }
.dark .dt-badge:is(.training, .preparing) { color: #93c5fd; }
.dark .dt-badge.failed { color: #fca5a5; }
.dark .dt-badge:is(.refused, .interrupted, .cancelled) { color: #fcd34d; }
.dark :is(.dt-score.best, .dt-said.right, .dt-badge.done) { color: #5eead4; }
.dark .dt-said.partly { color: #fcd34d; }
.dark .dt-said.wrong { color: #fca5a5; }
.dark .dt-source mark { background: var(--primary-800); }
.dark .dt-whisker b { background: var(--primary-200); }
.dark .dt-curve .smooth { stroke: var(--primary-400); }
.dark :is(.dt-masthead, .dt-card) a { color: var(--primary-400); }
.dark .tab-container button.selected { color: var(--primary-400); }
@media (max-width: 640px) {
  .dt-asked { max-width: 94%; }
  .dt-table .o, .dt-table .s, .dt-table .p { display: none; }
  .dt-table td, .dt-table th { padding: 8px 9px; }
  .tab-container button[role=tab] { padding-left: 9px; padding-right: 9px; }
}
"""
