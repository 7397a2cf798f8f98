import { hasShapeOf, hasTypeOf } from '../../cache/adobe/report-body.ts';
import { bodySample } from '../../cache/store/body-sample.ts';
import type { StoredResponse } from '../../cache/store/stored-response.ts';
import { rawHeaders } from '../../http/header-lookup.ts';
import type { Question } from './question.ts';

/** What answers are held to. Where they are believed, what they are is theirs to say. */
export const expectedFormat = ({ route, format }: Question): Question['format'] | undefined =>
  route.caching?.policy === 'schedule' ? format : undefined;

/** Whether a copy from elsewhere is whole, and what was asked for: as an answer must be that is to be stored. */
export async function isSound(copy: StoredResponse, question: Question): Promise<boolean> {
  const format = expectedFormat(question);
  if (format !== undefined && !hasTypeOf(format, rawHeaders(copy.headers)('content-type'))) return false;
  const sample = await bodySample(copy.body, copy.gzip);
  return sample !== undefined && (format === undefined || hasShapeOf(format, sample));
}
