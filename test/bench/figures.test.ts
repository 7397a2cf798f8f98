import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseArguments } from '../../bench/arguments.ts';
import { parseWrk } from '../../bench/load.ts';
import { percentile } from '../../bench/open-loop.ts';
import { Samples, summarize } from '../../bench/samples.ts';

describe('the figures of a benchmark', () => {
  it('takes the median of an odd number of rounds, and the mean of the middle two of an even one', () => {
    assert.deepEqual(summarize([9, 1, 5]), { median: 5, least: 1, most: 9, rounds: 3 });
    assert.deepEqual(summarize([4, 1, 2, 9]), { median: 3, least: 1, most: 9, rounds: 4 });
  });

  it('takes percentiles from the values themselves', () => {
    const sorted = Float64Array.from({ length: 1000 }, (_, i) => i + 1);
    assert.equal(percentile(sorted, 0.5), 500);
    assert.equal(percentile(sorted, 0.99), 990);
    assert.equal(percentile(sorted, 0.999), 999);
    assert.equal(percentile(sorted, 1), 1000);
  });

  it('counts refused answers and broken connections as failures', () => {
    const output = `  1200 requests in 3.00s, 4.91MB read
  Socket errors: connect 0, read 3, write 0, timeout 1
  Non-2xx or 3xx responses: 20
Requests/sec:    400.25
Transfer/sec:      1.64MB`;
    assert.deepEqual(parseWrk(output), { requests: 1200, requestsPerSecond: 400.25, failures: 24 });
  });

  it('counts no failure where wrk tells none', () => {
    assert.equal(parseWrk('  10 requests in 1.00s, 1MB read\nRequests/sec: 10.0\n').failures, 0);
  });

  it('keeps rounds, servers and metrics apart', () => {
    const samples = new Samples();
    samples.add('hit', 'nginx', { 'req/s': 10, CPU: 1 });
    samples.add('hit', 'nginx', { 'req/s': 30, CPU: 3 });
    samples.add('pass', 'nginx', { 'req/s': 5 });
    samples.fail('hit', 'varnish', 'no request was answered');
    assert.equal(samples.summary('hit', 'nginx', 'req/s')?.median, 20);
    assert.equal(samples.summary('pass', 'nginx', 'req/s')?.median, 5);
    assert.equal(samples.summary('pass', 'nginx', 'CPU'), undefined);
    assert.equal(samples.failure('hit', 'varnish'), 'no request was answered');
  });
});

describe('the command line of the benchmarks', () => {
  it('takes lists, numbers and positions', () => {
    const parsed = parseArguments(['main', '--cases', 'hit, pass', '--rounds', '7'], 'results.md');
    assert.deepEqual(parsed.cases, ['hit', 'pass']);
    assert.equal(parsed.rounds, 7);
    assert.equal(parsed.out, 'results.md');
    assert.deepEqual(parsed.positionals, ['main']);
  });

  it('writes no file when quick, unless told to', () => {
    assert.equal(parseArguments(['--quick'], 'results.md').out, undefined);
    assert.equal(parseArguments(['--quick', '--out', 'x.md'], 'results.md').out, 'x.md');
    assert.equal(parseArguments(['--out', '-'], 'results.md').out, undefined);
  });

  it('refuses what it does not know', () => {
    assert.throws(() => parseArguments(['--rouns', '3'], undefined), TypeError);
    assert.throws(() => parseArguments(['--rounds', '0'], undefined), /whole number above zero/);
  });
});
