/** Python that defines `removed(site)`: where the modules that were loaded from `site` use a name that the standard library of this Python no
 *  longer has, and would fail when it comes to that: `collections.Callable` since 3.10. What is guarded, by `try` or by asking for a
 *  version, is left out. Empty before Python 3.10, which cannot tell what is of the standard library. */
export const REMOVED_NAMES = `
def removed(site):
    import ast, re, types
    stdlib = getattr(sys, "stdlib_module_names", frozenset())

    def standard(module):
        return {name: value for name, value in vars(module).items()
                if isinstance(value, types.ModuleType) and value.__name__.split(".")[0] in stdlib and name.isidentifier()}

    def has(owner, name):
        if hasattr(owner, name): return True
        try: return hasattr(owner, "__path__") and importlib.util.find_spec(owner.__name__ + "." + name) is not None
        except Exception: return True

    def lacking(source, owners):
        if not owners: return set()
        used = re.findall(r"\\b(%s)\\s*\\.\\s*([A-Za-z]\\w*)" % "|".join(map(re.escape, owners)), source)
        return {(owner, name) for owner, name in set(used) if not has(owners[owner], name)}

    class Uses(ast.NodeVisitor):
        def __init__(self, wanted):
            self.wanted, self.found, self.local = wanted, [], []
        def visit_Try(self, node):
            for part in node.orelse + node.finalbody: self.visit(part)
        def visit_If(self, node):
            self.visit(node.test)
            if re.search(r"version|py2|py3|hasattr|platform|sys\\b", ast.unparse(node.test), re.I): return
            for part in node.body + node.orelse: self.visit(part)
        def visit_IfExp(self, node):
            self.visit_If(types.SimpleNamespace(test=node.test, body=[node.body], orelse=[node.orelse]))
        def visit_FunctionDef(self, node):
            names = {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
            names |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
            self.local.append(names)
            self.generic_visit(node)
            self.local.pop()
        visit_AsyncFunctionDef = visit_Lambda = visit_FunctionDef
        def visit_Attribute(self, node):
            self.generic_visit(node)
            if not isinstance(node.value, ast.Name) or any(node.value.id in names for names in self.local): return
            if (node.value.id, node.attr) not in self.wanted: return
            self.found.append((node.value.id, node.attr, node.lineno, isinstance(node.ctx, ast.Store)))

    result = []
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if not stdlib or not isinstance(path, str) or not path.startswith(site + os.sep) or not path.endswith(".py"): continue
        try:
            with open(path, encoding="utf-8") as file: source = file.read()
            owners = standard(module)
            wanted = lacking(source, owners)
            if not wanted: continue
            uses = Uses(wanted)
            uses.visit(ast.parse(source))
        except Exception: continue
        added = {use[:2] for use in uses.found if use[3]}
        for owner, attribute, line, _ in uses.found:
            if (owner, attribute) in added: continue
            result.append({"module": name, "line": line, "uses": owners[owner].__name__ + "." + attribute})
            break
    return result
`;
