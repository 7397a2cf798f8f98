import type { TestEvent } from 'node:test/reporters';
import type { TestResult } from './run-process.ts';

/** A reporter of node:test: one line of JSON for each test that has ended, suites left out. */
export default async function* eventsReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { name, details, skip } = event.data;
    if (details.type === 'suite') continue;
    const outcome = event.type === 'test:fail' ? 'failed' : skip === undefined ? 'passed' : 'skipped';
    const reason = typeof skip === 'string' ? skip : '';
    yield `${JSON.stringify({ name, outcome, reason, ms: details.duration_ms } satisfies TestResult)}\n`;
  }
}
