"""Optuna's TPE for bench/tuner-rivals.mjs: a JSON line in, a JSON line out."""
import json
import sys

import optuna
from optuna.distributions import IntDistribution
from optuna.trial import create_trial

optuna.logging.set_verbosity(optuna.logging.ERROR)
study = space = pending = None
for line in sys.stdin:
    question = json.loads(line)
    if "sizes" in question:
        sampler = optuna.samplers.TPESampler(seed=question["seed"])
        study = optuna.create_study(sampler=sampler)
        space = {f"p{i}": IntDistribution(0, size - 1) for i, size in enumerate(question["sizes"])}
        pending = None
        print("null", flush=True)
        continue
    at = question["at"]
    params = {f"p{i}": value for i, value in enumerate(at)}
    if pending is not None and pending.params == params:
        study.tell(pending, question["value"])
    else:
        study.add_trial(create_trial(params=params, distributions=space, value=question["value"]))
    pending = study.ask(space)
    print(json.dumps([pending.params[name] for name in space]), flush=True)
