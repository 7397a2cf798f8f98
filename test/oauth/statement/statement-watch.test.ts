import assert from 'node:assert/strict';
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { systemEffects } from '../../../src/base/effects.ts';
import { epochMs, milliseconds } from '../../../src/base/units.ts';
import {
  parseSoftwareStatement,
  type SoftwareStatement,
} from '../../../src/oauth/statement/software-statement.ts';
import { watchStatementFile } from '../../../src/oauth/statement/statement-watch.ts';
import { jws } from '../../support/jws.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const textOf = (application: string) => jws({ sub: application });
const statementOf = (application: string) => parseSoftwareStatement(textOf(application), epochMs(1));

/** A watch over a file whose content and changes are the test's. */
function watchWorld() {
  const time = new VirtualTime();
  const statements: (string | undefined)[] = [];
  const problems: string[] = [];
  let content: string | Error = textOf('a');
  let changed = () => {};
  let watching = true;
  const watch = watchStatementFile({
    path: '/secrets/statement.txt',
    current: statementOf('a'),
    effects: time,
    onStatement: ({ subject }) => statements.push(subject),
    onProblem: ({ code }) => problems.push(code),
    read: async () => {
      if (content instanceof Error) throw content;
      return Buffer.from(content);
    },
    watchFolder: (_, onChange) => {
      changed = onChange;
      return () => {
        watching = false;
      };
    },
  });
  return {
    time,
    statements,
    problems,
    watch,
    write: (next: string | Error) => {
      content = next;
      changed();
    },
    writeUnseen: (next: string) => {
      content = next;
    },
    isWatching: () => watching,
  };
}

const gone = () => Object.assign(new Error('gone'), { code: 'ENOENT' });

describe('A statement file', () => {
  test('that changes is read as soon as it has settled', async () => {
    const { time, statements, write } = watchWorld();
    write(textOf('b'));
    await time.pass(150);
    write(textOf('c'));
    await time.pass(199);
    assert.deepEqual(statements, []);
    await time.pass(1);
    assert.deepEqual(statements, ['c']);
  });

  test('that changes unseen is read at the next poll', async () => {
    const { time, statements, writeUnseen } = watchWorld();
    writeUnseen(textOf('b'));
    await time.pass(30_000);
    assert.deepEqual(statements, ['b']);
  });

  test('that was only touched, or wrapped differently, is no news', async () => {
    const { time, statements, write } = watchWorld();
    write(`"${textOf('a')}"\n`);
    await time.pass(120_000);
    assert.deepEqual(statements, []);
  });

  test('that changes back is news again', async () => {
    const { time, statements, write } = watchWorld();
    write(textOf('b'));
    await time.pass(200);
    write(textOf('a'));
    await time.pass(200);
    assert.deepEqual(statements, ['b', 'a']);
  });

  test('that is half written is not reported as broken', async () => {
    const { time, statements, problems, write } = watchWorld();
    write(textOf('b').slice(0, 20));
    await time.pass(1_000);
    write(textOf('b'));
    await time.pass(60_000);
    assert.deepEqual(problems, []);
    assert.deepEqual(statements, ['b']);
  });

  for (const [code, content] of [
    ['html', '<html>'],
    ['empty', ''],
    ['missing', gone()],
  ] as const) {
    test(`that stays ${code} is reported once, and heals`, async () => {
      const { time, statements, problems, write } = watchWorld();
      write(content);
      await time.pass(300_000);
      assert.deepEqual(problems, [code]);
      assert.deepEqual(statements, []);
      write(textOf('b'));
      await time.pass(200);
      assert.deepEqual(statements, ['b']);
      write(content);
      await time.pass(300_000);
      assert.deepEqual(problems, [code, code]);
    });
  }

  test('is read at once when asked', async () => {
    const { statements, watch, writeUnseen } = watchWorld();
    writeUnseen(textOf('b'));
    await watch.check();
    assert.deepEqual(statements, ['b']);
  });

  test('is left alone after the watch was closed', async () => {
    const { time, statements, watch, write, isWatching } = watchWorld();
    watch.close();
    assert.equal(isWatching(), false);
    write(textOf('b'));
    await watch.check();
    await time.pass(60_000);
    assert.deepEqual(statements, []);
    assert.equal(time.pendingTimers, 0);
  });
});

/** Watches a real file with real timers, and gives the statement that a change brings. */
async function changeOf(
  path: string,
  change: () => Promise<void>,
  pollOnly = false,
): Promise<SoftwareStatement> {
  const { promise, resolve, reject } = Promise.withResolvers<SoftwareStatement>();
  // The timers of the watch do not keep the process alive: this one does, and ends a wait in vain.
  const patience = setTimeout(() => reject(new Error('no change was noticed')), 20_000);
  const watch = watchStatementFile({
    path,
    current: statementOf('a'),
    effects: systemEffects,
    onStatement: resolve,
    onProblem: reject,
    settle: milliseconds(10),
    poll: milliseconds(pollOnly ? 20 : 3_600_000),
    ...(pollOnly && { watchFolder: () => () => {} }),
  });
  try {
    await change();
    return await promise;
  } finally {
    clearTimeout(patience);
    watch.close();
  }
}

describe('On a real file system, a change is noticed when', () => {
  test('the file is written', async () => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file('s.txt'), textOf('a'));
    const seen = await changeOf(folder.file('s.txt'), () => writeFile(folder.file('s.txt'), textOf('b')));
    assert.equal(seen.subject, 'b');
  });

  test('the file is replaced by a rename', async () => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file('s.txt'), textOf('a'));
    const seen = await changeOf(folder.file('s.txt'), async () => {
      await writeFile(folder.file('new'), textOf('b'));
      await rename(folder.file('new'), folder.file('s.txt'));
    });
    assert.equal(seen.subject, 'b');
  });

  test('Kubernetes swaps the symlink of the volume', async () => {
    await using folder = await temporaryFolder();
    for (const version of ['a', 'b']) {
      await mkdir(folder.file(`..${version}`));
      await writeFile(folder.file(`..${version}/s.txt`), textOf(version));
    }
    await symlink('..a', folder.file('..data'));
    await symlink('..data/s.txt', folder.file('s.txt'));
    const seen = await changeOf(folder.file('s.txt'), async () => {
      await symlink('..b', folder.file('..data_tmp'));
      await rename(folder.file('..data_tmp'), folder.file('..data'));
    });
    assert.equal(seen.subject, 'b');
  });

  test('no event tells it', async () => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file('s.txt'), textOf('a'));
    const seen = await changeOf(
      folder.file('s.txt'),
      () => writeFile(folder.file('s.txt'), textOf('b')),
      true,
    );
    assert.equal(seen.subject, 'b');
  });
});
