import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDirective } from '../../../src/cache/policy/cache-directives.ts';

type Directive = [name: string, argument: string | null | undefined];

const directivesOf = (text: string): Directive[] => {
  const found: Directive[] = [];
  eachDirective(text, (name, argument) => found.push([name, argument]));
  return found;
};

test('directives come in order with their arguments, quotes removed', () => {
  const cases: readonly [text: string, directives: Directive[]][] = [
    ['', []],
    [' ,, ', []],
    ['A', [['a', undefined]]],
    [
      'a=1, B="2, 3" ,c',
      [
        ['a', '1'],
        ['b', '2, 3'],
        ['c', undefined],
      ],
    ],
    ['a=', [['a', '']]],
    ['a=""', [['a', '']]],
    ['a=b=c', [['a', 'b=c']]],
    ['a =1', [['a', null]]],
    ['a= 1', [['a', null]]],
    ['a="1"2', [['a', null]]],
    // Never closed: a plain character, and the comma behind it separates.
    [
      'a="1, b',
      [
        ['a', null],
        ['b', undefined],
      ],
    ],
    ['a="x\\", b"', [['a', 'x\\", b']]],
    [
      'a="x\\", b',
      [
        ['a', null],
        ['b', undefined],
      ],
    ],
  ];
  for (const [text, directives] of cases) assert.deepEqual(directivesOf(text), directives, text);
});

test('a field of a mebibyte of quotes, backslashes or commas costs no more than a pass over it', () => {
  // Quadratic work on these would take hours and end in the runner's time-out.
  for (const unit of ['"', '\\', ',', '",', '="', ' ', '\\"', '\\",']) {
    eachDirective(`"${unit.repeat(2 ** 20 / unit.length)}`, () => undefined);
  }
});
