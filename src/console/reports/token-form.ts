import { h } from 'preact';
import { useState } from 'preact/hooks';
import { fieldText } from '../base/field-text.ts';

/** Asks for the caller's token. It is kept in the memory of this page alone. */
export const TokenForm = (props: { refused: boolean; onToken: (token: string) => void }) => {
  const { refused, onToken } = props;
  const [text, setText] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    if (text !== '') onToken(text.trim());
  };
  return h(
    'form',
    { class: 'card token', onSubmit: submit },
    h('h2', {}, 'Reports need a token'),
    h(
      'p',
      {},
      refused
        ? 'The token that you gave is not one of this proxy’s. '
        : 'This proxy gives reports to callers that it knows. ',
      'Ask its operator for a token. It stays in the memory of this page, and is gone when you close it.',
    ),
    h(
      'div',
      { class: 'row' },
      h(
        'label',
        { class: 'field' },
        h('span', {}, 'Token'),
        h('input', {
          type: 'password',
          value: text,
          autocomplete: 'off',
          onInput: (event: Event) => setText(fieldText(event)),
        }),
      ),
      h('button', { type: 'submit', class: 'primary', disabled: text === '' }, 'Use token'),
    ),
  );
};
