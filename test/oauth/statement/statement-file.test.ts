import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { readInputFile } from '../../../src/base/read-files.ts';
import { epochMs } from '../../../src/base/units.ts';
import { readStatementFile } from '../../../src/oauth/statement/statement-file.ts';
import { jws } from '../../support/jws.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const NOW = epochMs(1_700_000_000_000);
const GOOD = jws({ sub: 'x' });

describe('A statement file', () => {
  const utf16be = Buffer.from(`\uFEFF${GOOD}`, 'utf16le').swap16();
  for (const [what, content] of [
    ['plain text', GOOD],
    ['UTF-8 with a mark', `\uFEFF${GOOD}\r\n`],
    ['what Notepad calls Unicode', Buffer.from(`\uFEFF${GOOD}`, 'utf16le')],
    ['the other UTF-16', utf16be],
  ] as const) {
    test(`is read as ${what}`, async () => {
      await using folder = await temporaryFolder();
      await writeFile(folder.file('s.txt'), content);
      assert.equal((await readStatementFile(folder.file('s.txt'), NOW, readInputFile)).secret.reveal(), GOOD);
    });
  }

  test('that is missing is called missing, with its path', async () => {
    await using folder = await temporaryFolder();
    const path = folder.file('nowhere.txt');
    await assert.rejects(readStatementFile(path, NOW, readInputFile), (error: Error) => {
      assert.equal(Reflect.get(error, 'code'), 'missing');
      assert.ok(error.message.includes(path));
      return true;
    });
  });

  test('that is a folder is unreadable', async () => {
    await using folder = await temporaryFolder();
    await assert.rejects(readStatementFile(folder.path, NOW, readInputFile), {
      code: 'unreadable',
      message: /EISDIR/,
    });
  });

  test('that is a device is not read', async () => {
    await assert.rejects(readStatementFile('/dev/zero', NOW, readInputFile), { code: 'unreadable' });
  });

  test('that holds something else is called what it is', async () => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file('s.txt'), '<html>');
    await assert.rejects(readStatementFile(folder.file('s.txt'), NOW, readInputFile), { code: 'html' });
  });
});
