// The files of src/ as the layout sees them: where each lies, what it imports and which types it declares for others.

import { readdirSync, readFileSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";
import { parseSync, Visitor } from "vite";

/**
 * @typedef {object} SourceFile
 * @property {string} path from the project's root: `src/core/clock.ts`
 * @property {readonly string[]} imports such paths, type-only and lazy imports included, packages left out
 * @property {readonly string[]} typeNames of types, interfaces and classes that it declares and exports
 * @property {readonly string[]} functionNames of functions and methods, exported or not
 */

/**
 * Every file of src/, sorted by its path. Only TypeScript is read.
 *
 * @param {string} root
 * @returns {SourceFile[]}
 */
export function readSourceFiles(root) {
  return readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll(sep, "/"))
    .sort()
    .map((path) =>
      /\.tsx?$/.test(path)
        ? parseSource(path, readFileSync(join(root, path), "utf8"))
        : { path, imports: [], typeNames: [], functionNames: [] },
    );
}

/**
 * @param {string} path
 * @param {string} text
 * @returns {SourceFile}
 */
function parseSource(path, text) {
  const { program, errors } = parseSync(path, text);
  if (errors[0]) throw new Error(`${path} cannot be parsed: ${errors[0].message}`);
  /** @type {Set<string>} */
  const imports = new Set();
  /** @type {Set<string>} */
  const declared = new Set();
  /** @type {Set<string>} */
  const exported = new Set();
  /** @type {Set<string>} */
  const functionNames = new Set();

  /** @param {unknown} source */
  const addImport = (source) => {
    if (typeof source === "string" && source.startsWith(".")) {
      imports.add(posix.join(posix.dirname(path), source));
    }
  };
  new Visitor({
    ImportDeclaration: ({ source }) => addImport(source.value),
    ExportAllDeclaration: ({ source }) => addImport(source.value),
    ImportExpression: ({ source }) => addImport(source.type === "Literal" && source.value),
    TSImportType: ({ source }) => addImport(source.value),
    ExportNamedDeclaration({ source, declaration, specifiers }) {
      addImport(source?.value);
      if (source) return;
      if (declaration && "id" in declaration) addName(exported, declaration.id);
      for (const { local } of specifiers) addName(exported, local);
    },
    TSTypeAliasDeclaration: ({ id }) => addName(declared, id),
    TSInterfaceDeclaration: ({ id }) => addName(declared, id),
    ClassDeclaration: ({ id }) => addName(declared, id),
    FunctionDeclaration: ({ id }) => addName(functionNames, id),
    MethodDefinition: ({ key }) => addName(functionNames, key),
    TSMethodSignature: ({ key }) => addName(functionNames, key),
  }).visit(program);
  return {
    path,
    imports: [...imports],
    typeNames: [...declared].filter((name) => exported.has(name)),
    functionNames: [...functionNames],
  };
}

/**
 * @param {Set<string>} names
 * @param {object | null} node
 */
function addName(names, node) {
  if (node && "name" in node && typeof node.name === "string") names.add(node.name);
}
