import { type HeaderLookup, listMembers, quotedListMembers } from '../../http/fields.ts';

/**
 * The request fields that `Vary` names (RFC 9110 §12.5.5), in lower case, sorted, each once; `'star'` when any member
 * is `*`: such an answer matches no later request (RFC 9111 §4.1).
 */
export const varyFieldsOf = (vary: string | undefined): readonly string[] | 'star' => {
  const fields = new Set(listMembers(vary ?? ''));
  fields.delete('');
  return fields.has('*') ? 'star' : [...fields].sort();
};

/**
 * The secondary key of a request (RFC 9111 §4.1): its values of the selecting fields, normalised. Injective; an absent
 * field differs from an empty one.
 */
export const varyKeyOf = (varyFields: readonly string[], request: HeaderLookup): string => {
  let key = '';
  for (const name of varyFields) {
    const value = request(name);
    const normal = value === undefined ? undefined : normalised(name, value);
    key += normal === undefined ? '-;' : `${normal.length}:${normal};`;
  }
  return key;
};

/** Fields whose members say the same in any order and case. */
const UNORDERED: ReadonlySet<string> = new Set(['accept-language', 'accept-encoding', 'accept-charset']);

/** White space around list members says nothing in any list field. */
const normalised = (name: string, value: string): string =>
  UNORDERED.has(name)
    ? quotedListMembers(value.toLowerCase()).sort().join(',')
    : quotedListMembers(value).join(',');
