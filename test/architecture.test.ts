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

/** The order, from the top: a folder may import from those below it, and from itself. */
const ORDER: readonly (readonly string[])[] = [
  ['cli'],
  ['service'],
  ['accelerator', 'sandbox'],
  ['admin'],
  ['proxy'],
  ['upstream'],
  ['cache', 'oauth', 'config'],
  ['redis', 'log', 'metrics', 'tracing'],
  ['http'],
  ['base'],
];

/** What one may import although the order would forbid it. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  // The console's pages know the shapes of what the private listener sends.
  console: ['admin/wire.ts'],
};

/** Where packages of weight may be used. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  fastify: ['proxy', 'admin'],
  '@fastify/http-proxy': ['proxy'],
  undici: ['upstream'],
  ioredis: ['redis'],
  jose: ['oauth', 'sandbox'],
  'lru-cache': ['cache', 'proxy'],
  'prom-client': ['admin', 'metrics'],
  'close-with-grace': ['main.ts'],
  pino: ['log'],
  'sonic-boom': ['log'],
  yaml: ['config'],
};

/** What of `process` is used outside of the entry points, where it is no effect that a test would want to own. */
const PROCESS: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['*'],
  'healthcheck.ts': ['*'],
  'admin/metrics.ts': ['version'],
  'oauth/state/state-fs.ts': ['getuid'],
  'sandbox/command/key-file.ts': ['pid'],
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

const rankOf = (folder: string): number => ORDER.findIndex((folders) => folders.includes(folder));

/** The sandbox stands in for Adobe: a rule that it shared with the rest would cancel a mistake out. */
const mayImport = (from: string, to: string): boolean => {
  const [here, there] = [folderOf(from), folderOf(to)];
  if (here === there) return true;
  if (!from.includes('/')) return ['cli', 'log', 'base'].includes(there);
  if (BESIDE[here] !== undefined) return BESIDE[here].includes(to);
  if (here === 'sandbox') return there === 'base';
  if (there === 'sandbox') return here === 'cli';
  if (there === 'accelerator') return here === 'service';
  return rankOf(there) > rankOf(here);
};

test('imports point one way', () => {
  const wrong = imports.filter(isOurs).filter(({ from, to }) => !mayImport(from, to));
  assert.deepEqual(wrong.map(say), []);
});

test('every folder has its place in this order', () => {
  const folders = new Set([...sources.keys()].filter((path) => path.includes('/')).map(folderOf));
  assert.deepEqual(
    [...folders].filter((folder) => rankOf(folder) < 0 && BESIDE[folder] === undefined),
    [],
  );
});

test('no files import each other in a circle, not even for types', () => {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports.filter(isOurs)) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const visit = (path: string, above: readonly string[]): void => {
    assert.ok(!above.includes(path), [...above, path].join(' → '));
    if (done.has(path)) return;
    for (const target of next.get(path) ?? []) visit(target, [...above, path]);
    done.add(path);
  };
  for (const path of next.keys()) visit(path, []);
});

test('a folder holds about a dozen files, or is divided; loose files are entries', () => {
  const counts = new Map<string, number>();
  for (const path of sources.keys()) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  assert.deepEqual([...sources.keys()].filter((path) => !path.includes('/')).sort(), [
    'healthcheck.ts',
    'main.ts',
  ]);
  assert.deepEqual(
    [...counts].filter(([, count]) => count > 14),
    [],
  );
});

test('no line is longer than 120 characters, texts for people left out', () => {
  const wide: string[] = [];
  for (const [path, text] of sources) {
    for (const [index, line] of text.split('\n').entries()) {
      if (line.length <= 120) continue;
      // A text stays on one line, so that it can be searched for.
      const isText = line.replace(/(['"`/])(?:\\.|(?!\1).)*\1/g, '').length <= 60;
      if (!isText) wide.push(`${path}:${index + 1}`);
    }
  }
  assert.deepEqual(wide, []);
});

/** What the file of each answer must show, for the answer to be true. */
const FIVE_ANSWERS: readonly (readonly [path: string, shows: RegExp])[] = [
  ['src/upstream/bearer-authentication.ts', /authorization/],
  ['src/cache/adobe/freshness.ts', /export const freshnessOf/],
  ['src/cache/policy/freshness-lifetime.ts', /export const lifetimeOf/],
  ['src/oauth/token/refusal-policy.ts', /RefusalFacts/],
  ['src/config/settings/schema.ts', /export const ConfigSchema/],
  ['src/proxy/listener/public-listener.ts', /createPublicListener/],
  ['src/upstream/connections.ts', /from 'undici'/],
  ['src/accelerator/plain-request.ts', /HTTP/],
];

test('CONTRIBUTING.md has the map and five answers, and the tree agrees', async () => {
  const page = await readFile(new URL('../CONTRIBUTING.md', import.meta.url), 'utf8');
  for (const [path, shows] of FIVE_ANSWERS) {
    assert.ok(page.includes(`\`${path}\``), path);
    assert.match(sources.get(relative('src', path)) ?? '', shows, path);
  }
  const known = new Set([...sources.keys()].flatMap((path) => [`src/${path}`, `src/${dirname(path)}/`]));
  for (const [, named = ''] of page.matchAll(/`(src\/[^`]*)`/g)) {
    const isThere =
      known.has(named) || [...known].some((path) => named.endsWith('/') && path.startsWith(named));
    assert.ok(isThere, named);
  }
  for (const folder of new Set([...sources.keys()].filter((path) => path.includes('/')).map(folderOf))) {
    assert.ok(page.includes(`\`src/${folder}/`), folder);
  }
});

test('oauth is used through its index alone', () => {
  const inside = imports.filter(
    (it) =>
      isOurs(it) &&
      folderOf(it.from) !== 'oauth' &&
      folderOf(it.to) === 'oauth' &&
      it.to !== 'oauth/index.ts',
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
