import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PUBLISHED, parseCsv, reportReader } from '../../report-reader.ts';

const reader = reportReader();

const dimensionsOf = (path: string) => path.replace('/cmu/v2/', '').split('/');

test('there are 65 published paths', () => assert.equal(PUBLISHED.length, 65));

test('every published path answers JSON with its dimensions and exactly its documented metrics', () => {
  for (const { path, metrics } of PUBLISHED) {
    const { status, text } = reader.ask(`${path}?limit=5`);
    assert.equal(status, 200, path);
    const { report } = JSON.parse(text);
    assert.ok(report.length > 0, `${path} has rows`);
    for (const record of report)
      assert.deepEqual(Object.keys(record), [...dimensionsOf(path), ...metrics], path);
    for (const value of Object.values(report[0])) assert.equal(typeof value, 'string');
  }
});

test('every published path answers CSV whose header names dimensions, then metrics', () => {
  for (const { path, metrics } of PUBLISHED) {
    const { text, headers } = reader.ask(`${path}.csv?limit=5`);
    const { columns, rows } = parseCsv(text);
    assert.deepEqual(columns, [...dimensionsOf(path), ...metrics], path);
    assert.ok(rows.length > 0 && rows.length <= 5);
    assert.equal(headers['content-type'], 'text/csv;charset=utf-8');
  }
});

test('every published path answers XML and HTML with the same rows', () => {
  for (const { path, metrics } of PUBLISHED) {
    const rows = JSON.parse(reader.ask(`${path}?limit=3`).text).report.length;
    const xml = reader.ask(`${path}.xml?limit=3`).text;
    assert.equal(xml.match(/<record /g)?.length, rows, path);
    assert.match(xml, /^<\?xml[^>]*>\s*<resource href="\/cmu\/v2\//);
    for (const metric of metrics) assert.ok(xml.includes(` ${metric}="`), `${path} has ${metric}`);
    const html = reader.ask(`${path}.html?limit=3`).text;
    assert.equal(html.match(/<tr>/g)?.length, rows + 1, path);
  }
});

test('the rows of every published path are sorted by its dimensions in path order, and none comes twice', () => {
  const numeric = new Set(['year', 'month', 'day', 'hour', 'minute', 'concurrency-level', 'activity-level']);
  for (const { path } of PUBLISHED) {
    const dimensions = dimensionsOf(path);
    const { rows } = parseCsv(reader.ask(`${path}.csv?limit=300`).text);
    const keys = rows.map((row) =>
      dimensions
        .map((name) => (numeric.has(name) ? (row[name] ?? '').padStart(6, '0') : (row[name] ?? '')))
        .join('\0'),
    );
    for (let i = 1; i < keys.length; i++)
      assert.ok((keys[i - 1] ?? '') < (keys[i] ?? ''), `${path}, row ${i}`);
  }
});
