import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { InputError } from '../../src/base/error-code.ts';
import { epochMs } from '../../src/base/units.ts';
import { redactFields } from '../../src/log/log-redaction.ts';
import { parseSoftwareStatement } from '../../src/oauth/index.ts';
import { READERS } from '../support/readers.ts';

const SIZE = 16_384;
const UNITS = [
  ...[
    '-',
    'a',
    ' ',
    '\t',
    ',',
    ';',
    '=',
    '"',
    '\\',
    '/',
    '.',
    ':',
    '%',
    '%2',
    '%25',
    '&',
    '0',
    '1,',
    'a=',
    '",',
    '\\"',
  ],
  ...[
    'W/"a",',
    '*',
    '..',
    '/.',
    'q=0,',
    'gzip ',
    'max-age=',
    'a;q=1,',
    '0-,',
    'eyJ',
    'bearer ',
    'href="',
    '"href":"',
    '\r\n',
  ],
];
/** Texts on which an expression that backtracks would take minutes: one thing over and over, with an end that does not fit. */
const TEXTS = UNITS.flatMap((unit) => {
  const text = unit.repeat(SIZE / unit.length);
  return [text, `x${text}\u0001`, `${text}!`, `"${text}`];
});

/** Processor time in milliseconds: a machine that is busy with other things does not count. */
const cpuOf = (run: () => void): number => {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};

const MOST_MS = 50;

const staysQuick = (read: (text: string) => void): void => {
  for (const text of TEXTS) {
    // Again if the first time met the collector or the compiler.
    const cpu = cpuOf(() => read(text));
    if (cpu < MOST_MS) continue;
    const again = Math.min(
      cpuOf(() => read(text)),
      cpuOf(() => read(text)),
    );
    assert.ok(again < MOST_MS, `${again} ms for 16 KiB of ${JSON.stringify(text.slice(0, 12))}`);
  }
};

suite('16 KiB of anything cost less than 50 ms in', () => {
  for (const [name, read] of Object.entries(READERS)) test(name, () => staysQuick(read));

  test('the software statement', () =>
    staysQuick((text) => {
      try {
        parseSoftwareStatement(text, epochMs(Date.UTC(2024, 0, 1)));
      } catch (error) {
        assert.ok(error instanceof InputError);
      }
    }));

  test('the redaction of the log', () => staysQuick((text) => void redactFields(text)));
});
