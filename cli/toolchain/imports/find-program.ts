/** Reads Python source without running it: which modules that are neither of the standard library nor of the source does the entry import,
 *  itself or by modules of the source? Takes one argument, JSON: the application's folder, the entry, the folders that Python imports from,
 *  the Python files and archives that come with the job.
 *  Writes one JSON document. Runs on Python 3.8 and newer. */
export const FIND_PROGRAM = `
import ast, json, os, sys, sysconfig, zipfile

asked = json.loads(sys.argv[1])
root, entry, folders = asked["root"], asked["entry"], asked["folders"]
MOST_FILES, MOST_BYTES = 300, 1 << 20
SWITCHES = {"addPyFile", "addArchive", "addArtifact", "addArtifacts", "addsitedir"}
found, files, changes = [], [], []
queue, seen = [entry], {entry}

def standard():
    names = set(getattr(sys, "stdlib_module_names", ())) | set(sys.builtin_module_names)
    if not hasattr(sys, "stdlib_module_names"):
        for folder in {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}:
            for name in os.listdir(folder) + os.listdir(os.path.join(folder, "lib-dynload")):
                names.add(name.split(".")[0])
    return names | {"__future__", "__main__", "distutils", "imp", "asyncore", "asynchat", "smtpd", "pyspark", "py4j"}

STANDARD = standard()

def names_of(path):
    if path.endswith(".py"): return {os.path.basename(path)[:-3]}
    try:
        with zipfile.ZipFile(path) as archive: return {name.split("/")[0].split(".")[0] for name in archive.namelist()}
    except (OSError, zipfile.BadZipFile): return set()

BROUGHT = set().union(*(names_of(path) for path in asked["archives"]))

def is_file_of(base):
    return os.path.isfile(base + ".py") or os.path.isdir(base)

def own(module, names=()):
    """Files of the source that importing this runs; None when it is not of the source. A folder without an __init__.py gives way to an
    installed package of its name, so it counts only when it has what is asked of it."""
    parts = module.split(".")
    for folder in folders:
        place = os.path.join(root, folder)
        top, base = os.path.join(place, parts[0]), os.path.join(place, *parts)
        is_certain = os.path.isfile(top + ".py") or os.path.isfile(os.path.join(top, "__init__.py"))
        is_native = any(name.startswith(parts[0] + ".") and name.endswith(".so") for name in listing(place))
        is_space = os.path.isdir(top) and (
            is_file_of(base) if len(parts) > 1 else any(is_file_of(os.path.join(base, name)) for name in names))
        if not (is_certain or is_native or is_space): continue
        wanted = [base + ".py", os.path.join(base, "__init__.py")]
        wanted += [os.path.join(place, *parts[:index], "__init__.py") for index in range(1, len(parts))]
        return [path for path in wanted if os.path.isfile(path)]
    return None

cache = {}
def listing(folder):
    if folder not in cache:
        try: cache[folder] = os.listdir(folder)
        except OSError: cache[folder] = []
    return cache[folder]

def follow(module):
    for path in own(module) or []:
        relative = os.path.relpath(path, root)
        if relative not in seen:
            seen.add(relative)
            queue.append(relative)

def names_in(node):
    for child in ast.walk(node):
        if isinstance(child, ast.Name): yield child.id
        elif isinstance(child, ast.Attribute): yield child.attr

def is_main(test):
    return isinstance(test, ast.Compare) and "__name__" in set(names_in(test))

CATCHES = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
def catches(handler):
    return handler.type is None or bool(CATCHES & set(names_in(handler.type)))

class Reader(ast.NodeVisitor):
    def __init__(self, path, package):
        self.path, self.package, self.guard = path, package, "none"
    def under(self, guard, nodes):
        before, self.guard = self.guard, guard if self.guard == "none" else self.guard
        for node in nodes: self.visit(node)
        self.guard = before
    def add(self, module, names, node):
        top = module.split(".")[0]
        if top in STANDARD or top in BROUGHT: return
        if own(module, names) is not None:
            follow(module)
            for name in names: follow(module + "." + name)
            return
        found.append({"module": module, "names": names, "file": self.path, "line": node.lineno, "guard": self.guard})
    def visit_Import(self, node):
        for alias in node.names: self.add(alias.name, [], node)
    def visit_ImportFrom(self, node):
        names = [alias.name for alias in node.names if alias.name != "*"]
        if node.level == 0: return self.add(node.module, names, node)
        base = self.package[: len(self.package) - node.level + 1]
        module = ".".join(base + ([node.module] if node.module else []))
        if module:
            follow(module)
            for name in names: follow(module + "." + name)
        else:
            for name in ([node.module] if node.module else names): follow(name)
    def visit_FunctionDef(self, node):
        self.under("function", node.body)
        for one in node.decorator_list: self.visit(one)
    visit_AsyncFunctionDef = visit_FunctionDef
    def visit_Lambda(self, node): self.under("function", [node.body])
    def visit_If(self, node):
        if is_main(node.test) and self.guard == "none":
            for one in node.body: self.visit(one)
        else:
            self.under("typing" if "TYPE_CHECKING" in set(names_in(node.test)) else "condition", node.body)
        self.under("condition", node.orelse)
        self.visit(node.test)
    def visit_Try(self, node):
        if any(catches(handler) for handler in node.handlers):
            self.under("guarded", node.body)
        else:
            for one in node.body: self.visit(one)
        for handler in node.handlers: self.under("guarded", handler.body)
        for one in node.orelse + node.finalbody: self.visit(one)
    visit_TryStar = visit_Try
    def visit_With(self, node):
        calm = any("suppress" in set(names_in(item.context_expr)) for item in node.items)
        self.under("guarded" if calm else self.guard, node.body)
        for item in node.items: self.visit(item.context_expr)
    def visit_Call(self, node):
        if isinstance(node.func, ast.Attribute):
            target = node.func.value
            path_change = isinstance(target, ast.Attribute) and target.attr == "path" and node.func.attr in {"append", "insert", "extend"}
            if node.func.attr in SWITCHES or path_change:
                changes.append({"file": self.path, "line": node.lineno, "call": node.func.attr})
        self.generic_visit(node)

while queue and len(files) < MOST_FILES:
    path = queue.pop(0)
    full = os.path.join(root, path)
    files.append(path)
    try:
        if os.path.getsize(full) > MOST_BYTES: continue
        with open(full, "rb") as source: tree = ast.parse(source.read(), path)
    except (SyntaxError, ValueError, OSError, RecursionError): continue
    for folder in sorted(folders, key=len, reverse=True):
        relative = os.path.relpath(path, folder)
        if not relative.startswith(".."):
            package = os.path.dirname(relative).split(os.sep) if os.path.dirname(relative) else []
            break
    else: package = []
    try: Reader(path, package).visit(tree)
    except RecursionError: continue
json.dump({"imports": found, "files": files, "changes": changes[:20]}, sys.stdout)
`;
