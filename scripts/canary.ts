import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { formsOf } from '../test/support/secret-forms.ts';

/**
 * `npm run verify canary`: runs the whole suite, from sources, with every secret of every process noted, and everything
 * that leaves: log lines, what both listeners send, standard output and error, spans. Then looks for each secret in
 * each output, in each form. Exit code 1 if one is there. `--keep` leaves the notes, `--folder F` reads those of F.
 */

const root = join(import.meta.dirname, '..');
/** Shorter ones, and those without a digit, are words of tests: "secret", "token-1", "statement.jwt". */
const SHORTEST = 12;
/** Begins of forms are compared first, by this length. */
const BEGIN = 10;

const given = process.argv.indexOf('--folder');
const folder = given > 0 ? String(process.argv[given + 1]) : mkdtempSync(join(tmpdir(), 'canary-'));
if (given < 0) {
  const preload = pathToFileURL(join(import.meta.dirname, 'canary/preload.ts')).href;
  const suite = spawn(process.execPath, [join(import.meta.dirname, 'test.ts')], {
    cwd: root,
    env: {
      ...process.env,
      CANARY_FOLDER: folder,
      NODE_OPTIONS: `--disable-warning=ExperimentalWarning --import=${preload}`,
      PROGRAM_UNDER_TEST: join(root, 'src/main.ts'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  suite.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n')) if (/^(?:✖|ℹ)/.test(line)) process.stdout.write(`${line}\n`);
  });
  await once(suite, 'close');
}

const linesOf = (kind: string): unknown[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(kind))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1))
    .map((line) => JSON.parse(line));

const secrets = new Set(
  linesOf('.secrets')
    .map((text) => String(text).replace(/^bearer /i, ''))
    .filter((text) => text.length >= SHORTEST && /\d/.test(text)),
);
const byBegin = new Map<string, { readonly form: string; readonly secret: string }[]>();
for (const secret of secrets) {
  for (const form of formsOf(secret).filter(({ length }) => length >= SHORTEST)) {
    const begin = form.slice(0, BEGIN);
    byBegin.set(begin, [...(byBegin.get(begin) ?? []), { form, secret }]);
  }
}

const found = new Map<string, number>();
const charactersOf = new Map(
  ['log', 'public', 'private', 'check', 'stdout', 'stderr', 'spans'].map((door) => [door, 0]),
);
for (const line of linesOf('.outputs')) {
  const [door = '', text = ''] = Array.isArray(line) ? line.map(String) : [];
  charactersOf.set(door, (charactersOf.get(door) ?? 0) + text.length);
  for (let at = 0; at + BEGIN <= text.length; at++) {
    const hit = byBegin.get(text.slice(at, at + BEGIN))?.find(({ form }) => text.startsWith(form, at));
    if (hit === undefined) continue;
    const place = `${door}: ${hit.secret.slice(0, 8)}… in ${text.slice(Math.max(0, at - 60), at)}`;
    found.set(place, (found.get(place) ?? 0) + 1);
  }
}
for (const [place, times] of found) process.stdout.write(`${times} × ${JSON.stringify(place)}\n`);
const doors = [...charactersOf].map(([door, characters]) => `${door} ${characters}`).join(', ');
process.stdout.write(
  `${secrets.size} secrets; characters looked through: ${doors}; ${found.size} places with a secret\n`,
);
if (!process.argv.includes('--keep') && given < 0) rmSync(folder, { recursive: true });
// A door that nothing came through was not watched.
process.exitCode = found.size === 0 && ![...charactersOf.values()].includes(0) ? 0 : 1;
