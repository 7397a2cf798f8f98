import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCsv, reportReader } from '../report-reader.ts';

const reader = reportReader();

test('a CSV quotes what needs it, and reads back', () => {
  const { text } = reader.ask('/cmu/v2/mvpd.csv?metrics=active-users');
  assert.match(text, /^"Cable & Sons, Ltd",\d+$/m);
  assert.match(text, /^Télénord,\d+$/m);
  const names = parseCsv(text).rows.map((row) => row['mvpd']);
  assert.ok(names.includes('Cable & Sons, Ltd'));
  assert.ok(text.endsWith('\n') && !text.includes('\r'));
});

test('quotes, commas and line ends in names survive a CSV', () => {
  const tenants = ['Say "Hi", TV', 'Two\nLines', "O'Brien <tv>"];
  const { rows } = reportReader({ tenants }).table('/tenant', 'metrics=active-users');
  assert.deepEqual(
    rows.map((row) => row['tenant']),
    tenants.toSorted(),
  );
});

test('a CSV is named after its range and its limit, or its filter values', () => {
  const disposition = (target: string) => reader.ask(`/cmu/v2${target}`).headers['content-disposition'];
  const range = 'start=2026-07-20&end=2026-08-20T14:35:21';
  assert.equal(
    disposition(`/year/month.csv?${range}`),
    'attachment; filename=report__2026-07-20_2026-08-20_1000.csv',
  );
  assert.equal(
    disposition(`/year/month.csv?${range}&mvpd=StarDish&platform!=iOS`),
    'attachment; filename=report__2026-07-20_2026-08-20_StarDish_iOS.csv',
  );
  assert.equal(
    disposition(`/year/month.csv?${range}&mvpd=T%C3%A9l%C3%A9nord&mvpd=%22%0D%0A%2F..`),
    "attachment; filename=report__2026-07-20_2026-08-20_T-l-nord_----...csv; filename*=UTF-8''report__2026-07-20_2026-08-20_T%C3%A9l%C3%A9nord_----...csv",
  );
});

test('XML and HTML escape values and links', () => {
  const query = 'mvpd=Cable+%26+Sons,+Ltd&start=2026-10&end=2026-11';
  const xml = reader.ask(`/cmu/v2/year/month/mvpd.xml?${query}`).text;
  assert.match(xml, /<record year="2026" month="10" mvpd="Cable &amp; Sons, Ltd" active-users="\d+"/);
  assert.match(
    xml,
    /<resource href="\/cmu\/v2\/year\/month\/mvpd\?mvpd=Cable%20%26%20Sons%2C%20Ltd&amp;start=/,
  );
  assert.match(
    xml,
    /<links><link rel="roll-up" href="\/cmu\/v2\/year\/month"\/><link rel="drill-down" href="\/cmu\/v2\/year\/month\/mvpd\/tenant"\/><\/links>/,
  );
  assert.match(reader.ask(`/cmu/v2/year/month/mvpd.html?${query}`).text, /<td>Cable &amp; Sons, Ltd<\/td>/);
});

test('JSON links: an object for one drill-down, an array for several, none at the leaves, no roll-up at the root', () => {
  const links = (path: string) => JSON.parse(reader.ask(`/cmu/v2${path}?limit=1`).text)._links;
  assert.deepEqual(links('/tenant')['drill-down'], { href: '/cmu/v2/tenant/year', name: 'year' });
  assert.deepEqual(
    links('')['drill-down'].map(({ name }: { name: string }) => name),
    ['year', 'tenant', 'mvpd'],
  );
  assert.equal('roll-up' in links(''), false);
  const leaf = links('/year/month/concurrency-level/tenant/mvpd');
  assert.equal('drill-down' in leaf, false);
  assert.deepEqual(leaf['roll-up'], { href: '/cmu/v2/year/month/concurrency-level/tenant', name: 'tenant' });
});

test('an empty report is whole in every format', () => {
  const query = 'mvpd=nobody';
  assert.deepEqual(JSON.parse(reader.ask(`/cmu/v2/year.json?${query}`).text).report, []);
  assert.match(reader.ask(`/cmu/v2/year.xml?${query}`).text, /<report><\/report><\/resource>\n$/);
  assert.equal(reader.ask(`/cmu/v2/year.csv?${query}`).text.split('\n').length, 2);
  assert.match(reader.ask(`/cmu/v2/year.html?${query}`).text, /<tbody>\n<\/tbody>/);
});
