import { fieldNames } from '../../http/fields.ts';
import { isForwardable } from '../../http/traceparent.ts';
import type { RequestHead } from '../gate/request-head.ts';

/**
 * Request fields that go to an API: a list of what is allowed, as for reports, so that nothing of a caller's
 * credentials, cookies or hop-by-hop fields slips through under any spelling.
 */
const FORWARDED = fieldNames(`
  accept accept-encoding accept-language content-encoding content-language content-length content-type if-match
  if-modified-since if-none-match if-range if-unmodified-since prefer range x-request-id
`);
/** The same of Adobe Pass (docs/adobe.md). */
const OF_ADOBE = fieldNames('ap-device-identifier ap-temppass-identity ap-visitor-identifier x-device-info');

/** @param fields flat, as they came  @param head the same, read; tracing may have put a `traceparent` there */
export const apiRequestFields = (fields: readonly string[], head: RequestHead): string[] => {
  const kept = ['user-agent', 'cmu-proxy'];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i]?.toLowerCase() ?? '';
    if (FORWARDED.has(name) || OF_ADOBE.has(name)) kept.push(name, fields[i + 1] ?? '');
  }
  if (head.cdnLoop !== undefined) kept.push('cdn-loop', head.cdnLoop);
  if (head.traceparent !== undefined && isForwardable(head.traceparent)) {
    kept.push('traceparent', head.traceparent);
  }
  return kept;
};
