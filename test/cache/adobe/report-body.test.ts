import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReportFormat } from '../../../src/cache/adobe/negotiated-format.ts';
import { type BodyDefect, bodyDefect } from '../../../src/cache/adobe/report-body.ts';

type Row = readonly [format: ReportFormat, type: string | undefined, body: string, defect?: BodyDefect];

test('only what is a report by its type and its ends may stand in for one', () => {
  const rows: readonly Row[] = [
    ['json', 'application/json', '{"report":[]}'],
    ['json', 'application/json;charset=utf-8', '\ufeff \r\n{"report":[]}\n'],
    ['json', 'application/hal+json', '[1]'],
    ['json', undefined, '{}'],
    ['json', 'text/json', '{}'],
    ['hal+json', 'application/hal+json', '{}'],
    ['json', 'application/json', '', 'empty'],
    ['json', 'application/json', ' \n\t', 'empty'],
    ['json', 'application/json', '\ufeff', 'empty'],
    ['json', 'application/json', '{"report":[', 'not-a-report'],
    ['json', 'application/json', 'Service unavailable', 'not-a-report'],
    ['json', 'application/json', '<html></html>', 'not-a-report'],
    ['json', 'text/html', '{}', 'media-type'],
    ['json', 'text/csv', 'a,b', 'media-type'],
    ['json', 'application/xml', '<a/>', 'media-type'],
    ['json', 'application/jsonp', '{}', 'media-type'],
    ['xml', 'application/xml', '<resource/>'],
    ['xml', 'application/hal+xml', '<?xml version="1.0"?><resource/>\n'],
    ['xml', 'text/xml', '<resource>', undefined],
    ['xml', 'application/xml', '<resource', 'not-a-report'],
    ['xml', 'application/json', '{}', 'media-type'],
    ['csv', 'text/csv', 'Year,Month\n2024,1\n'],
    ['csv', 'text/plain', 'year'],
    ['csv', 'application/octet-stream', 'year'],
    ['csv', 'text/csv', '', 'empty'],
    ['csv', 'text/csv', '<html></html>', 'not-a-report'],
    ['csv', 'text/csv', '{"error":"x"}', 'not-a-report'],
    ['csv', 'application/json', 'a,b', 'media-type'],
    ['html', 'text/html', '<html></html>'],
    ['other', 'image/png', 'x'],
    ['other', undefined, '', 'empty'],
  ];
  for (const [format, type, body, defect] of rows) {
    assert.equal(bodyDefect(format, type, Buffer.from(body)), defect, JSON.stringify([format, type, body]));
  }
});
