import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { type E2eWorld, startE2eWorld } from '../support/e2e-world.ts';
import { PROGRAM } from '../support/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);
const PAGE = await readFile(new URL('../../docs/clients.md', import.meta.url), 'utf8');

interface Way {
  readonly file: string;
  readonly command: readonly string[];
  /** Ends with 0 where all that the snippet needs is there. */
  readonly needs: readonly string[];
}

/** Debian's Python, where its packages are. */
const PYTHON = '/usr/bin/python3';
const python = (module: string): Way => ({
  file: 'a.py',
  command: [PYTHON, 'a.py'],
  needs: [PYTHON, '-c', `import ${module}`],
});

const WAYS: Readonly<Record<string, Way>> = {
  sh: { file: 'a.sh', command: ['sh', '-e', 'a.sh'], needs: ['sh', '-c', 'command -v curl wget'] },
  python: python('json'),
  'python requests': python('requests'),
  'python pandas': python('pandas'),
  r: {
    file: 'a.R',
    command: ['Rscript', 'a.R'],
    needs: ['Rscript', '-e', 'loadNamespace("jsonlite")'],
  },
  js: { file: 'a.mjs', command: [process.execPath, 'a.mjs'], needs: [process.execPath, '--version'] },
  go: { file: 'a.go', command: ['go', 'run', 'a.go'], needs: ['go', 'version'] },
  java: { file: 'Report.java', command: ['java', 'Report.java'], needs: ['javac', '--version'] },
  php: { file: 'a.php', command: ['php', 'a.php'], needs: ['php', '--version'] },
};

/** A Java that runs for a moment gains nothing by what makes it fast in the long run. */
const QUICK = { JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC' };

const hasAll = ([command = '', ...args]: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

const snippets = [...PAGE.matchAll(/^```(\S.*)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({
  language,
  code,
}));

suite('docs/clients.md: every snippet does what it says', () => {
  let world: E2eWorld;
  before(async () => {
    world = await startE2eWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  for (const [index, { language, code }] of snippets.entries()) {
    const way = WAYS[language];
    test(`${index + 1}, ${language}`, async (t) => {
      assert.ok(way !== undefined, `nobody knows how to run ${language}`);
      await using folder = await temporaryFolder();
      await writeFile(
        folder.file(way.file),
        code.replaceAll('http://127.0.0.1:8080', new URL(world.url).origin),
      );
      const [command = '', ...rest] = way.command;
      const env = { ...process.env, ...QUICK, HOME: folder.path, GO111MODULE: 'off' };
      const { stdout } = await run(command, rest, { cwd: folder.path, env }).catch((error) => {
        // Looked for only then: that takes as long as most of the snippets.
        if (hasAll(way.needs)) throw error;
        t.skip(`NOT RUN: ${way.needs[0]} is not installed`);
        return { stdout: undefined };
      });
      if (language !== 'sh' && stdout !== undefined) assert.match(stdout, /^(?:3|200|\[1\] 3)$/m);
    });
  }
});

test('the core of the client matrix is green', async () => {
  const script = new URL('../../scripts/clients/run.ts', import.meta.url).pathname;
  const options = ['--core', '--wait', '0', '--no-install', '--program', PROGRAM];
  const { stdout } = await run(process.execPath, [script, ...options]);
  assert.match(stdout, /^7 passed, 0 failed$/m);
});
