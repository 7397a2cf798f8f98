import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  acceptedFormat,
  FORWARDED_ACCEPT,
  negotiatedFormat,
  type ReportFormat,
} from '../../../src/cache/adobe/negotiated-format.ts';

test('the extension wins over format=, which wins over Accept, which wins over JSON', () => {
  const rows: readonly [path: string, query: string, accept: string | undefined, format: ReportFormat][] = [
    ['/year/month', '', undefined, 'json'],
    ['/year/month', '', 'text/csv', 'csv'],
    ['/year/month', 'format=xml', 'text/csv', 'xml'],
    ['/year/month.html', 'format=xml', 'text/csv', 'html'],
    ['/year/month.json', '', 'text/csv', 'json'],
    ['/year/month', 'mvpd=A&format=csv', undefined, 'csv'],
    ['/year/month', 'format=%63sv', undefined, 'csv'],
    ['/year/month', 'format=csv&format=xml', undefined, 'csv'],
    // What does not name a format does not decide.
    ['/year.csv/month', '', 'text/html', 'html'],
    ['/year/month.foo', '', 'text/html', 'html'],
    ['/year/month.CSV', '', undefined, 'json'],
    ['/year/month.', '', undefined, 'json'],
    ['/year/month', 'format=foo', 'text/html', 'html'],
    ['/year/month', 'format', 'text/html', 'html'],
    ['/year/month', 'format!=csv', 'text/html', 'html'],
    ['/year/month', 'xformat=csv', 'text/html', 'html'],
  ];
  for (const [path, query, accept, format] of rows) {
    assert.equal(negotiatedFormat(path, query, accept), format, `${path}?${query} ${accept}`);
  }
});

test('of an Accept field the most wanted format counts', () => {
  const rows: readonly [accept: string | undefined, format: ReportFormat][] = [
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['application/json', 'json'],
    ['APPLICATION/JSON; charset=utf-8', 'json'],
    ['application/hal+json', 'hal+json'],
    ['application/xml', 'xml'],
    ['text/xml', 'xml'],
    ['text/csv;q=0.5', 'csv'],
    ['text/*', 'csv'],
    ['application/*', 'json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'html'],
    ['application/json, text/plain, */*', 'json'],
    ['text/plain, */*', 'json'],
    ['application/json;q=0.5, text/csv', 'csv'],
    ['text/csv; header=present ; q=0.2, application/xml;q=0.3', 'xml'],
    ['text/csv, text/html', 'csv'],
    ['text/csv;q=0, */*;q=0.1', 'json'],
    ['text/csv;q=1', 'csv'],
    ['text/csv;q=1.1', 'other'],
    ['text/csv;q=0', 'other'],
    ['text/csv;q=7', 'other'],
    ['text/csv;q=x', 'other'],
    ['image/png', 'other'],
    ['junk', 'other'],
    [',,;;', 'other'],
  ];
  for (const [accept, format] of rows) assert.equal(acceptedFormat(accept), format, accept);
});

test('whatever Accept says, the choice is one of six and asks the upstream for what it is keyed as', () => {
  fc.assert(
    fc.property(fc.string(), (accept) => {
      const format = acceptedFormat(accept);
      assert.ok(Object.hasOwn(FORWARDED_ACCEPT, format));
    }),
  );
  for (const [format, accept] of Object.entries(FORWARDED_ACCEPT))
    assert.equal(acceptedFormat(accept), format);
});
