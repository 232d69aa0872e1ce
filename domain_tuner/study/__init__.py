"""Many runs on one corpus, and the table of the PEFT papers that comes of them.

A study is a folder (folder.py) with a frozen plan (plan.py, cells.py), what every run is given (material.py), ordinary
runs made one after the other (queue.py) and measured (measuring.py), and the results as text and drawings.
"""
