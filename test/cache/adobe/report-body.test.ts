import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReportFormat } from '../../../src/cache/adobe/negotiated-format.ts';
import { hasShapeOf, hasTypeOf } from '../../../src/cache/adobe/report-body.ts';

type Defect = 'type' | 'shape';
type Row = readonly [format: ReportFormat, type: string | undefined, body: string, defect?: Defect];

test('only what is a report by its type and its ends may stand in for one', () => {
  const rows: readonly Row[] = [
    ['json', 'application/json', '{"report":[]}'],
    ['json', 'application/json;charset=utf-8', '\ufeff \r\n{"report":[]}\n'],
    ['json', 'application/hal+json', '[1]'],
    ['json', undefined, '{}'],
    ['json', 'text/json', '{}'],
    ['hal+json', 'application/hal+json', '{}'],
    ['json', 'application/json', '', 'shape'],
    ['json', 'application/json', ' \n\t', 'shape'],
    ['json', 'application/json', '\ufeff', 'shape'],
    ['json', 'application/json', '{"report":[', 'shape'],
    ['json', 'application/json', 'Service unavailable', 'shape'],
    ['json', 'application/json', '<html></html>', 'shape'],
    ['json', 'text/html', '{}', 'type'],
    ['json', 'text/csv', 'a,b', 'type'],
    ['json', 'application/xml', '<a/>', 'type'],
    ['json', 'application/jsonp', '{}', 'type'],
    ['xml', 'application/xml', '<resource/>'],
    ['xml', 'application/hal+xml', '<?xml version="1.0"?><resource/>\n'],
    ['xml', 'text/xml', '<resource>'],
    ['xml', 'application/xml', '<resource', 'shape'],
    ['xml', 'application/json', '{}', 'type'],
    ['csv', 'text/csv', 'Year,Month\n2024,1\n'],
    ['csv', 'text/plain', 'year'],
    ['csv', 'application/octet-stream', 'year'],
    ['csv', 'text/csv', '', 'shape'],
    ['csv', 'text/csv', '<html></html>', 'shape'],
    ['csv', 'text/csv', '{"error":"x"}', 'shape'],
    ['csv', 'application/json', 'a,b', 'type'],
    ['html', 'text/html', '<html></html>'],
    ['other', 'image/png', 'x'],
    ['other', undefined, '', 'shape'],
  ];
  for (const [format, type, body, defect] of rows) {
    const row = JSON.stringify([format, type, body]);
    assert.equal(hasTypeOf(format, type), defect !== 'type', row);
    if (defect !== 'type') assert.equal(hasShapeOf(format, Buffer.from(body)), defect !== 'shape', row);
  }
});
