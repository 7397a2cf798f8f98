import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

interface Import {
  /** Both relative to `src/`; a package by its name. */
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

/** Folders that each folder may import from, besides the files in `src/` itself (design.md §1). */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  commands: ['admin', 'cache', 'check', 'config', 'dcr', 'proxy', 'redis', 'sandbox', 'tracing', 'workers'],
  // The steps of one command.
  check: ['commands', 'config', 'dcr', 'proxy'],
  tracing: ['dcr', 'proxy'],
  workers: ['admin', 'cache', 'dcr'],
  admin: ['cache', 'dcr', 'proxy'],
  proxy: ['cache', 'dcr'],
  cache: ['redis'],
  config: [],
  dcr: ['redis'],
  redis: [],
  sandbox: [],
};

/** Files in `src/` itself that know of the commands; all the others are for everybody. */
const ABOVE_COMMANDS = ['main.ts', 'command-line.ts', 'help.ts'];

/** Where packages of weight may be used. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  fastify: ['proxy', 'admin'],
  // Two calls every few hours do not pay for a client of their own (docs/decisions/005).
  undici: [],
  ioredis: ['redis'],
  jose: ['dcr', 'sandbox'],
  'lru-cache': ['cache', 'proxy'],
  'prom-client': ['admin'],
  'close-with-grace': ['main.ts'],
  pino: ['log.ts'],
  yaml: ['config'],
};

/** What of `process` is used outside of the entry points, where it is no effect that a test would want to own. */
const PROCESS: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['*'],
  'healthcheck.ts': ['*'],
  'admin/metrics.ts': ['version'],
  'dcr/node-state-fs.ts': ['getuid'],
  'proxy/caller-answer.ts': ['nextTick'],
  'sandbox/key-file.ts': ['pid'],
};

const sources = new Map<string, string>();
const imports: Import[] = [];

before(async () => {
  const entries = await readdir(SRC, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    sources.set(relative(SRC, path), await readFile(path, 'utf8'));
  }
  for (const [from, text] of sources) {
    for (const [, keyword, target = ''] of text.matchAll(
      /^(?:(import type|export type|import|export)\b[^;]*?from |.*\bimport\()'([^']+)'/gms,
    )) {
      const to = target.startsWith('.') ? relative(SRC, resolve(SRC, dirname(from), target)) : target;
      imports.push({ from, to, typeOnly: keyword?.endsWith('type') ?? false });
    }
  }
});

const folderOf = (path: string): string => path.split('/', 1)[0] ?? '';
const isOurs = ({ to }: Import): boolean => sources.has(to);
const say = ({ from, to }: Import): string => `${from} imports ${to}`;

test('imports are found at all', () => {
  assert.ok(sources.size > 150, `${sources.size} files`);
  assert.ok(imports.filter(isOurs).length > 400, `${imports.length} imports`);
});

test('imports point one way: main, commands, {proxy, admin, sandbox}, {dcr, cache, config}', () => {
  const wrong = imports.filter(isOurs).filter(({ from, to }) => {
    const [here, there] = [folderOf(from), folderOf(to)];
    if (here === there) return false;
    if (!from.includes('/'))
      return to.includes('/') && !(ABOVE_COMMANDS.includes(from) && there === 'commands');
    if (!to.includes('/')) return ABOVE_COMMANDS.includes(to) || here === 'sandbox';
    return !(MAY_IMPORT[here] ?? []).includes(there);
  });
  assert.deepEqual(wrong.map(say), []);
});

test('every folder has its place in this order', () => {
  const folders = new Set([...sources.keys()].filter((path) => path.includes('/')).map(folderOf));
  assert.deepEqual(
    [...folders].filter((folder) => MAY_IMPORT[folder] === undefined),
    [],
  );
});

test('no files import each other in a circle, save for types', () => {
  const next = new Map<string, string[]>();
  for (const it of imports.filter(isOurs)) {
    if (!it.typeOnly) next.set(it.from, [...(next.get(it.from) ?? []), it.to]);
  }
  const done = new Set<string>();
  const visit = (path: string, above: readonly string[]): void => {
    assert.ok(!above.includes(path), [...above, path].join(' → '));
    if (done.has(path)) return;
    for (const target of next.get(path) ?? []) visit(target, [...above, path]);
    done.add(path);
  };
  for (const path of next.keys()) visit(path, []);
});

test('dcr is used through its index alone', () => {
  const inside = imports.filter(
    (it) =>
      isOurs(it) && folderOf(it.from) !== 'dcr' && folderOf(it.to) === 'dcr' && it.to !== 'dcr/index.ts',
  );
  assert.deepEqual(inside.map(say), []);
});

test('packages of weight stay where they belong', () => {
  // A type of one brings nothing of it along.
  const wrong = imports.filter(
    ({ from, to, typeOnly }) =>
      !typeOnly && PACKAGES[to] !== undefined && !PACKAGES[to].includes(folderOf(from)),
  );
  assert.deepEqual(wrong.map(say), []);
});

test('only the entry points touch the process', () => {
  const wrong: string[] = [];
  for (const [path, text] of sources) {
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    const allowed = PROCESS[path] ?? [];
    for (const [, member = ''] of code.matchAll(/(?<![.\w'-])process\??\.(\w+)/g)) {
      if (!allowed.includes('*') && !allowed.includes(member)) wrong.push(`${path}: process.${member}`);
    }
    if (/node:process/.test(code)) wrong.push(`${path}: node:process`);
  }
  assert.deepEqual(wrong, []);
});
