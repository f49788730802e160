import { REMOVED_NAMES } from './removed-names.ts';

/** Imports modules one after the other, and writes a JSON line before and after each to the file named first: whatever ends this process, what it
 *  was at is known. The second argument is JSON, a list of `[module, names]`; the last is the folder of the dependencies, or empty. Whatever the modules
 *  print goes nowhere. */
export const LOAD_PROGRAM = `
import json, os, sys
report = open(sys.argv[1], "a", buffering=1)
wanted = json.loads(sys.argv[2])
first = int(sys.argv[3])
site = sys.argv[4]
# What a module leaves behind would hold the pipes open, and whoever started us would wait for it.
nowhere = os.open(os.devnull, os.O_RDWR)
for number in (0, 1, 2): os.dup2(nowhere, number)
sys.path[:] = [path for path in sys.path if path not in ("", os.getcwd())]
sys.argv = [""]
import importlib, importlib.util, warnings
warnings.simplefilter("ignore")

def say(**line): report.write(json.dumps(line) + "\\n")

def describe(error):
    text = str(error).strip().split("\\n")[0] if str(error).strip() else ""
    return type(error).__name__ + (": " + text if text else "")

def place(name):
    module = sys.modules.get(name)
    path = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", [])), None)
    return os.path.dirname(path) if isinstance(path, str) else None

def load(module, names):
    top = module.split(".")[0]
    try: loaded = importlib.import_module(module)
    except ModuleNotFoundError as error:
        is_top = (error.name or "").split(".")[0] == top and error.name == top
        return {"state": "missing" if is_top else "broken", "problem": describe(error), "lacks": error.name}
    for name in names:
        if hasattr(loaded, name): continue
        try: importlib.import_module(module + "." + name)
        except ModuleNotFoundError as error:
            if error.name != module + "." + name: raise
            return {"state": "broken", "problem": "ImportError: cannot import name %r from %r" % (name, module), "lacks": None}
    return {"state": "there", "place": place(top)}

# Those before the first have ended another process, or have been told of by it.
suspects = {module.split(".")[0] for module, _ in wanted[:first]}
for index in range(first, len(wanted)):
    module, names = wanted[index]
    say(begin=index)
    try: outcome = load(module, names)
    except KeyboardInterrupt: raise
    except BaseException as error: outcome = {"state": "broken", "problem": describe(error), "lacks": None}
    if outcome["state"] != "there": suspects.add(module.split(".")[0])
    say(end=index, **outcome)

def owners(tops):
    try: from importlib import metadata
    except ImportError: return {}
    result = {}
    for one in metadata.distributions():
        try:
            listed = (one.read_text("top_level.txt") or "").split()
            listed = listed or {str(file).split("/")[0].split(".")[0] for file in one.files or []}
            for top in tops.intersection(listed): result.setdefault(top, [one.metadata["Name"], one.version])
        except Exception: continue
    return result

${REMOVED_NAMES}
gone = removed(site) if site else []
suspects |= {one["module"].split(".")[0] for one in gone}
say(owners=owners(suspects) if suspects else {}, removed=gone)
report.flush()
os._exit(0)
`;
