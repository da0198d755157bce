"""Studies: from a YAML file to a tidy table of everything that was measured.

::

    from mortalff.studies.study_file import read_study
    from mortalff.studies.plan import make_plan
    from mortalff.studies.conduct import run_study
    from mortalff.studies.store import Store

    plan = make_plan(read_study("demo"))
    run_study(plan, "reports/demo")
    table = Store("reports/demo").table()

Nothing is imported here, because worker processes must choose their number of threads first.
"""
