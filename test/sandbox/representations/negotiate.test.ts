import assert from 'node:assert/strict';
import { test } from 'node:test';
import { negotiate } from '../../../src/sandbox/representations/negotiate.ts';

test('the extension comes before format, format before Accept, and JSON is the default', () => {
  const cases: [string | undefined, string | undefined, string | undefined, string][] = [
    [undefined, undefined, undefined, 'json'],
    [undefined, undefined, '*/*', 'json'],
    ['csv', 'xml', 'text/html', 'csv'],
    [undefined, 'xml', 'text/csv', 'xml'],
    [undefined, 'XML', undefined, 'xml'],
    [undefined, undefined, 'text/csv', 'csv'],
    [undefined, undefined, 'application/hal+json', 'json'],
    [undefined, undefined, 'text/xml', 'xml'],
    [undefined, undefined, 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'html'],
    [undefined, undefined, 'application/pdf, text/csv;q=0.1', 'csv'],
    [undefined, undefined, 'text/*', 'xml'],
    [undefined, undefined, 'application/json;q=0, */*;q=0.1', 'json'],
    ['html', 'pdf', 'application/pdf', 'html'],
  ];
  for (const [extension, format, accept, expected] of cases) {
    assert.equal(
      negotiate({ extension, format, accept }).format,
      expected,
      `${extension} ${format} ${accept}`,
    );
  }
});

test('what cannot be produced is 406', () => {
  for (const asked of [
    { extension: 'pdf', format: 'json', accept: '*/*' },
    { extension: undefined, format: 'yaml', accept: '*/*' },
    { extension: undefined, format: undefined, accept: 'application/pdf' },
    { extension: undefined, format: undefined, accept: 'text/csv;q=0' },
    { extension: '', format: undefined, accept: undefined },
  ]) {
    assert.throws(() => negotiate(asked), { status: 406 });
  }
});
