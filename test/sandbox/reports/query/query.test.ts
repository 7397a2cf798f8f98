import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOW, reportReader } from '../../report-reader.ts';

const reader = reportReader();
const documented = reportReader({ profile: 'documented' });
const ask = (target: string) => reader.ask(`/cmu/v2${target}`);
const self = (target: string): string => JSON.parse(ask(target).text)._links.self.href;

test('what is wrong with a query is answered 400, in words', () => {
  const cases: [string, RegExp][] = [
    ['/year/month?month=3', /"month" is a time dimension/],
    ['/year/month?day', /"day" is a time dimension/],
    ['/year/month?minute!=3', /"minute" is a time dimension/],
    ['/year/month?colour=red', /Unknown dimension "colour".*mvpd/],
    ['/year/month/day/tenant/channel?mvpd=A', /Unknown dimension "mvpd"/],
    ['/year/month/day/hour/mvpd/tenant?channel', /Unknown dimension "channel"/],
    ['/year/month?MVPD=A', /Unknown dimension "MVPD"/],
    ['/year/month?mvpd!=', /"mvpd!=" needs a value/],
    ['/year/month?limit!=3', /"limit" is a reserved parameter/],
    ['/year/month?start=yesterday', /Invalid date in "start": "yesterday"/],
    ['/year/month?start=2026-13', /there is no "2026-13"/],
    ['/year/month?end=2026-02-30', /Invalid date in "end".*2026-02-30/],
    ['/year/month?start=2026-1-1', /Invalid date/],
    ['/year/month?start=2026-02-01T24:00', /Invalid date/],
    ['/year/month?start=2026-03&end=2026-02', /"start" .* is after "end"/],
    ['/year/month?limit=0', /Invalid "limit": "0"/],
    ['/year/month?limit=-1', /Invalid "limit"/],
    ['/year/month?limit=ten', /Invalid "limit"/],
    ['/year/month?metrics=profit', /Unknown metric "profit"/],
    ['/year/month?mvpd=%zz', /Malformed escape/],
    ['/year/month?metrics=users,active-users', /No such aggregation/],
    ['/year/month?concurrency-level&activity-level', /No such aggregation/],
    ['/year/month?concurrency-level&platform', /No such aggregation/],
    ['/year/month/concurrency-level?metrics=active-sessions', /No such aggregation/],
    ['/year?concurrency-level&duration', /No such aggregation/],
    ['/year/duration?metrics=authz-attempts', /Unknown metric/],
    ['/tenant/year/month/day/hour?start=2024&limit=9000000&mvpd&platform&channel', /Too much data asked/],
  ];
  for (const [target, message] of cases) {
    const { status, text } = ask(target);
    assert.equal(status, 400, target);
    assert.match(text, message, target);
  }
});

test('too much to add up is refused too, however few rows would come back', () => {
  const enabled = reportReader({ minuteReports: true });
  const { status, text } = enabled.ask('/cmu/v2/tenant/year/month/day/hour/minute?start=2024&limit=1');
  assert.equal(status, 400);
  assert.match(text, /Too much data asked: about \d{8,} cells/);
});

test('paths outside the drill-down tree are 404, whatever their query', () => {
  for (const path of [
    '/day',
    '/month/year',
    '/year/day',
    '/year/month/tenant',
    '/mvpd/tenant',
    '/tenant/mvpd',
    '/year/month/day/hour/minute',
    '/tenant/year/month/day/hour/minute/application-id',
    '/year//month',
    '/Year',
    '/year/month/',
    '/billing',
    '/constructor',
    '/__proto__',
    '/year/%zz',
  ]) {
    assert.equal(ask(`${path}?nonsense=%zz`).status, 404, path);
  }
  for (const target of ['/cmu/v2x', '/cmu/v3', '/cmu', '/esm/v2'])
    assert.equal(reader.ask(target).status, 404, target);
});

test('minute reports exist only where they are enabled', () => {
  const enabled = reportReader({ minuteReports: true });
  const path = '/tenant/year/month/day/hour/minute/channel/platform/application-id/application';
  const { rows } = enabled.table(path, 'limit=5&start=2026-11-24T08:00');
  assert.deepEqual([rows[0]?.['hour'], rows[0]?.['minute']], ['8', '0']);
  assert.equal(ask(path).status, 404);
});

test('the data ends with the last full hour, and minute reports with the last full minute', () => {
  const enabled = reportReader({ minuteReports: true });
  const hours = enabled.table('/tenant/year/month/day/hour', 'tenant=North&start=2026-11-24').rows;
  assert.deepEqual(
    hours.map((row) => row['hour']),
    ['0', '1', '2', '3', '4', '5', '6', '7'],
  );
  const minutes = enabled.table(
    '/tenant/year/month/day/hour/minute',
    'tenant=North&start=2026-11-24T08:25',
  ).rows;
  assert.deepEqual(
    minutes.map((row) => row['minute']),
    ['25', '26', '27', '28', '29'],
  );
  assert.deepEqual(reader.table('/year', 'start=2026-12&end=2030').rows, [], 'there is no future');
});

test('a time dimension may come after others: the rows still are sorted in path order', () => {
  const query =
    'tenant=North&start=2026-11-22&end=2026-11-24&mvpd=Cablenova&mvpd=StarDish&limit=100&metrics=active-users';
  const { columns, rows } = reader.table('/tenant/year/month/day/mvpd/hour', query);
  assert.deepEqual(columns.slice(0, -1), ['tenant', 'year', 'month', 'day', 'mvpd', 'hour']);
  const key = ({ day, mvpd, hour = '' }: Readonly<Record<string, string>>) =>
    `${day} ${mvpd} ${hour.padStart(2, '0')}`;
  assert.equal(rows.length, 2 * 2 * 24);
  assert.deepEqual(rows.map(key), rows.map(key).toSorted());
});

test('25 months are kept: the one under way and the 24 before it', () => {
  const { rows } = reader.table('/year/month', 'start=2000');
  assert.equal(rows.length, 25);
  assert.deepEqual([rows[0]?.['year'], rows[0]?.['month']], ['2024', '11']);
  assert.deepEqual(reader.table('/year/month/day', 'start=2024-10&end=2024-11').rows, []);
});

test('a path without a time dimension ignores the range, even a wrong one', () => {
  assert.deepEqual(reader.table('/mvpd', 'start=2026-11-01&end=2026-11-02'), reader.table('/mvpd'));
  assert.equal(ask('/mvpd?start=never').status, 200);
  assert.ok(!self('/mvpd').includes('start='));
});

test('the self link shows everything that was implied: filters first as seen, last as documented', () => {
  const query = 'mvpd=A%26B&mvpd!=C&platform&metrics=active-users&metrics=failed-attempts';
  assert.equal(
    self(`/year/month/day?${query}`),
    '/cmu/v2/year/month/day?mvpd=A%26B&mvpd!=C&platform&start=2026-11-01T00:00:00&end=2026-11-24T08:30:15&limit=1000&metrics=active-users&metrics=failed-attempts',
  );
  assert.equal(
    JSON.parse(documented.ask(`/cmu/v2/year/month/day?${query}`).text)._links.self.href,
    '/cmu/v2/year/month/day?start=2026-10-25T00:00:00&end=2026-11-24T08:30:15&limit=1000&metrics=active-users,failed-attempts&mvpd=A%26B&mvpd!=C&platform',
  );
});

test('the default start depends on the granularity', () => {
  const start = (path: string) => /start=([^&]*)/.exec(self(path))?.[1];
  assert.equal(start('/year'), '2024-11-01T00:00:00');
  assert.equal(start('/year/month'), '2025-12-01T00:00:00');
  assert.equal(start('/year/month/day'), '2026-11-01T00:00:00');
  assert.equal(start('/year/month/day/hour/mvpd'), '2026-11-23T00:00:00');
});

test('metrics can be chosen, in either spelling and in the order of the request', () => {
  for (const query of [
    'metrics=failed-attempts,active-users',
    'metrics=failed-attempts&metrics=active-users',
  ]) {
    assert.deepEqual(reader.table('/year', query).columns, ['year', 'failed-attempts', 'active-users']);
  }
  assert.ok(
    reader.table('/year/month/mvpd', 'metrics=duration_0-15,bstreams-30').columns.includes('bstreams-30'),
  );
  assert.deepEqual(reader.table('/year/month', 'metrics=users').columns, ['year', 'month', 'users']);
});

test('histograms can be asked for by adding their dimension, and filtered by level', () => {
  const added = reader.table('/year/month', 'concurrency-level&start=2026-09&end=2026-11');
  assert.deepEqual(added, reader.table('/year/month/concurrency-level', 'start=2026-09&end=2026-11'));
  const top = reader.table('/year/month/concurrency-level', 'start=2026-10&end=2026-11&concurrency-level!=1');
  assert.deepEqual(
    top.rows.map((row) => row['concurrency-level']),
    ['2', '3', '4', '5', '6'],
  );
  const summed = reader.table('/year/month', 'start=2026-10&end=2026-11&concurrency-level!=1').rows;
  assert.equal(
    Number(summed[0]?.['users']),
    top.rows.reduce((sum, row) => sum + Number(row['users']), 0),
  );
});

test('filters are exact, decoded once, and may match nothing', () => {
  const count = (query: string) =>
    reader.table('/year/month/mvpd', `start=2026-10&end=2026-11&${query}`).rows.length;
  assert.equal(count(''), 12);
  assert.equal(count('mvpd=Cable+%26+Sons%2C+Ltd'), 1);
  assert.equal(count('mvpd=T%C3%A9l%C3%A9nord&mvpd=Cablenova'), 2);
  assert.equal(count('mvpd!=Cablenova&mvpd!=StarDish'), 10);
  assert.equal(count('mvpd%21=Cablenova'), 11);
  assert.equal(count('mvpd=Cablenova&mvpd!=Cablenova'), 0);
  assert.equal(count('mvpd=cablenova'), 0);
  assert.equal(count('platform=Roku&platform=iOS'), 12);
});

test('reports are the same for the same seed and another for another', () => {
  const text = (seed: number) => reportReader({ seed }).ask('/cmu/v2/year/month.csv').text;
  assert.equal(text(1), text(1));
  assert.notEqual(text(1), text(2));
  assert.equal(
    reader.ask('/cmu/v2/year.csv').text,
    reportReader({ now: NOW + 600_000 }).ask('/cmu/v2/year.csv').text,
  );
});
