import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutCredentials } from '../../../src/proxy/gate/query-credentials.ts';

test('every spelling of a credential goes, and not one byte more', () => {
  const cases: readonly (readonly [query: string, kept: string])[] = [
    ['?access_token=x', ''],
    ['?access_token', ''],
    ['?access_token=', ''],
    ['?access_token=x&a=1', '?a=1'],
    ['?a=1&access_token=x', '?a=1'],
    ['?a=1&access_token=x&b=2', '?a=1&b=2'],
    ['?access_token=1&access_token=2&a=1&access_token=3', '?a=1'],
    ['?access%5Ftoken=x&a=1', '?a=1'],
    ['?access%5ftoken=x&a=1', '?a=1'],
    ['?%61%63%63%65%73%73%5f%74%6f%6b%65%6e=x&a=1', '?a=1'],
    ['?a=1;access_token=x', '?a=1'],
    ['?a=1;access_token=x;b=2', '?a=1;b=2'],
    ['?access_token=x;b=2', '?b=2'],
    ['?access_token=x=y?z&a!=1', '?a!=1'],
    ['?&access_token=x&', '?&'],
    ['?ACCESS_TOKEN=x&a=1', '?a=1'],
    ['?Access_Token=x&a=1', '?a=1'],
    ['?access_token[]=x&a=1', '?a=1'],
    ['?access_token[0]=x&a=1', '?a=1'],
    ['?access_token%5B%5D=x&a=1', '?a=1'],
    ['?+access_token=x&a=1', '?a=1'],
    ['?%20access_token=x&a=1', '?a=1'],
    ['?access_token+=x&a=1', '?a=1'],
    ['?access_token%20=x&a=1', '?a=1'],
    ['?access_token%00=x&a=1', '?a=1'],
    ['?access_token%09%0d=x&a=1', '?a=1'],
    ['??access_token=x&a=1', '?a=1'],
    ['?a=1&?access_token=x', '?a=1'],
    ['?client_secret=x&a=1', '?a=1'],
    ['?a=1;CLIENT%5fSECRET[]=x', '?a=1'],
    ['?%41ccess_token=x&access_token%zz=y&a=1', '?access_token%zz=y&a=1'],
  ];
  for (const [query, kept] of cases) assert.equal(withoutCredentials(query), kept, query);
});

test('a query without it comes back as it was, however odd', () => {
  const queries = [
    ...[
      '',
      '?',
      '?&',
      '?&&',
      '?;',
      '?a',
      '?a=1&b=2',
      '?a!=1&a!=2&a=3',
      '?%zz=%&a=1',
      '?%ff%fe',
      '?token=1;x',
    ],
    ...[
      '?access_tokens=1',
      '?xaccess_token=1',
      '?access_token2',
      '?client_secrets=1',
      '?a=access_token',
      '?a=&',
    ],
    ...['?access%255Ftoken=x', '?access+token=x', '?access%20token=x', '?a=1?access_token=x'],
  ];
  for (const query of queries) assert.equal(withoutCredentials(query), query, query);
});
