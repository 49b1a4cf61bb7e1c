'use strict';

// Shows the OpenAPI document of the service that this page came from. Whatever the document says becomes text nodes, never markup.

// The folder of the service: the page lies in it as "docs", whatever a proxy puts in front.
const home = new URL('.', document.location.href);
let book; // the document

// ---- Making elements

// el makes an element. Its parts are texts and nodes; null and undefined are left out.
function el(name, attributes = {}, ...parts) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...parts.flat(Infinity).filter((part) => part !== null && part !== undefined));
  return node;
}

// prose shows a description: paragraphs, lists whose items begin with "- ", and code between backticks.
function prose(text) {
  const blocks = [];
  for (const block of (text || '').split(/\n{2,}/)) {
    const lines = block.split('\n');
    const items = lines.filter((line) => line.startsWith('- '));
    const rest = lines.filter((line) => !line.startsWith('- ')).join(' ').trim();
    if (rest) blocks.push(el('p', {}, inline(rest)));
    if (items.length) blocks.push(el('ul', { class: 'plain' }, items.map((item) => el('li', {}, inline(item.slice(2))))));
  }
  return blocks;
}

function inline(text) {
  return text.split('`').map((part, i) => (i % 2 ? el('code', {}, part) : part));
}

// broken lets a path go on in the next line behind a slash.
function broken(path) {
  return path.split('/').flatMap((part, i) => (i ? ['/', el('wbr'), part] : [part]));
}

// copyable shows a text with a button that copies it. update changes the text.
function copyable(text) {
  const shown = el('pre', { tabindex: '0' }, text);
  const button = el('button', {
    type: 'button',
    onclick: async () => {
      const done = await navigator.clipboard?.writeText(shown.textContent).then(() => true, () => false);
      button.textContent = done ? 'Copied' : 'Select it';
      if (!done) getSelection().selectAllChildren(shown);
      setTimeout(() => { button.textContent = 'Copy'; }, 1500);
    },
  }, 'Copy');
  const node = el('div', { class: 'copyable' }, shown, button);
  return { node, update: (next) => { shown.textContent = next; } };
}

// ---- Reading the document

// follow returns what a reference leads to, with what stands beside it.
function follow(part) {
  let found = part || {};
  for (let i = 0; i < 8 && found.$ref; i++) {
    const { $ref, ...beside } = found;
    const target = $ref.slice(2).split('/').reduce((at, name) => at?.[name.replaceAll('~1', '/').replaceAll('~0', '~')], book);
    found = { ...target, ...beside };
  }
  return found;
}

// refName returns the name of the schema that a reference leads to; '' for none.
function refName(schema) {
  return schema?.$ref ? schema.$ref.split('/').pop() : '';
}

// range says between what a number lies.
function range(least, most) {
  if (most === undefined) return 'at least ' + least;
  return least === undefined ? 'at most ' + most : least + ' … ' + most;
}

// typeText says in one line what a schema takes.
function typeText(given) {
  const schema = follow(given);
  const variants = schema.oneOf || schema.anyOf;
  if (variants) return [...new Set(variants.map(typeText))].join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const types = [].concat(schema.type || (schema.properties ? 'object' : 'any'));
  const said = [];
  for (const type of types) {
    if (type === 'array' && schema.maxItems === 0) said.push('[]');
    else if (type === 'array') said.push('array of ' + (refName(schema.items) || typeText(schema.items || {})));
    else if (type === 'object' && refName(given)) said.push(refName(given));
    else said.push(type);
  }
  let text = said.join(' or ');
  const limits = [];
  if (schema.format && !schema.format.startsWith('int')) limits.push(schema.format);
  if (schema.minimum !== undefined || schema.maximum !== undefined) limits.push(range(schema.minimum, schema.maximum));
  if (schema.minLength || schema.maxLength) limits.push(range(schema.minLength, schema.maxLength) + ' characters');
  if (schema.maxItems) limits.push(range(schema.minItems, schema.maxItems) + ' of them');
  if (schema.default !== undefined) limits.push('else ' + JSON.stringify(schema.default));
  if (schema.enum) text = schema.enum.map((word) => (typeof word === 'string' ? word || '""' : String(word))).join(' | ');
  return limits.length ? text + ' (' + limits.join(', ') + ')' : text;
}

// within returns the object that a schema shows inside: its own, that of its items, of its one variant or of its values.
function within(given) {
  const schema = follow(given);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => within(part) || {}), { allOf: undefined });
  if (schema.properties) return schema;
  if (schema.items) return within(schema.items);
  for (const variant of schema.oneOf || schema.anyOf || []) {
    const inner = within(variant);
    if (inner) return inner;
  }
  return null;
}

// fields shows the properties of a schema, and theirs, as a tree.
function fields(given, seen = []) {
  const schema = within(given);
  if (!schema) return el('p', { class: 'type' }, typeText(given));
  const rows = Object.entries(schema.properties).map(([name, property]) => {
    const inner = within(property);
    const known = inner && seen.includes(inner.properties);
    const head = el('div', { class: 'head' }, el('span', { class: 'name' }, name), el('span', { class: 'type' }, typeText(property)),
      (schema.required || []).includes(name) ? null : el('span', { class: 'type' }, 'optional'));
    const says = prose(follow(property).description);
    const below = inner && !known ? fields(property, [...seen, schema.properties, inner.properties]) : null;
    const tree = below && el('details', { open: seen.length < 1 }, el('summary', {}, el('span', { class: 'type' }, 'its fields')), below);
    return el('li', {}, head, says.length ? el('div', { class: 'says' }, says) : null, tree);
  });
  return el('ul', { class: 'fields' }, rows);
}

function examplesOf(media) {
  return Object.entries(media?.examples || {}).map(([name, given]) => ({ name, ...follow(given) }));
}

// pretty writes a value as JSON; arrays of scalars stay on their line.
function pretty(value) {
  return JSON.stringify(value, null, 2);
}

// ---- Showing operations

function parametersOf(operation) {
  return (operation.parameters || []).map(follow);
}

function parameters(operation) {
  const all = parametersOf(operation);
  if (!all.length) return null;
  const rows = all.map((p) => el('li', {},
    el('div', { class: 'head' }, el('span', { class: 'name' }, p.name), el('span', { class: 'type' }, p.in), el('span', { class: 'type' }, typeText(p.schema)),
      p.required ? el('span', { class: 'must' }, 'required') : null),
    p.description ? el('div', { class: 'says' }, prose(p.description)) : null));
  return [el('h4', {}, 'Parameters'), el('ul', { class: 'fields' }, rows)];
}

function body(operation) {
  const sent = follow(operation.requestBody);
  const media = sent.content?.['application/json'];
  if (!media) return null;
  return [
    el('h4', {}, 'Body' + (sent.required ? '' : ', which may be left out')),
    prose(sent.description), fields(media.schema),
    examplesOf(media).map((e) => [el('p', { class: 'label' }, e.summary || 'Example'), copyable(pretty(e.value)).node]),
  ];
}

function responses(operation) {
  const rows = Object.entries(operation.responses).map(([status, given]) => {
    const response = follow(given);
    const [type, media] = Object.entries(response.content || {})[0] || [];
    const headers = Object.entries(response.headers || {}).map(([name, header]) => [name, follow(header)]);
    const first = (response.description || '').split('\n')[0];
    const codes = media && type.includes('problem')
      ? (media.schema.allOf?.[1]?.properties?.code?.enum || []).join(', ') : '';
    return el('details', { open: status < 300 },
      el('summary', {}, el('span', { class: 'status ' + (status < 400 ? 'fine' : 'bad') }, status), el('span', {}, first, codes ? el('span', { class: 'type' }, ' ' + codes) : null)),
      el('div', { class: 'response' },
        prose(response.description.split('\n').slice(1).join('\n')),
        media && !type.includes('json') ? el('p', { class: 'type' }, type) : null,
        media && type.includes('json') ? [el('p', { class: 'label' }, type), fields(media.schema)] : null,
        headers.length ? [el('p', { class: 'label' }, 'Headers'), el('ul', { class: 'fields' }, headers.map(([name, header]) => el('li', {},
          el('div', { class: 'head' }, el('span', { class: 'name' }, name), el('span', { class: 'type' }, typeText(header.schema))),
          el('div', { class: 'says' }, prose(header.description)))))] : null,
        examplesOf(media).map((e) => [el('p', { class: 'label' }, e.summary || 'Example'), copyable(pretty(e.value)).node])));
  });
  return [el('h4', {}, 'Answers'), rows];
}

// ---- Making requests

const quoted = (text) => "'" + text.replaceAll("'", "'\\''") + "'";

// request puts what was filled in together: an address, headers and a body.
function request(method, path, inputs, text) {
  const query = new URLSearchParams();
  const headers = {};
  let filled = path;
  for (const { parameter, input } of inputs) {
    const value = input.value;
    if (parameter.in === 'path') filled = filled.replace('{' + parameter.name + '}', encodeURIComponent(value || '{' + parameter.name + '}'));
    else if (value && parameter.in === 'query') query.set(parameter.name, value);
    else if (value && parameter.in === 'header') headers[parameter.name] = value;
  }
  if (text) headers['content-type'] = 'application/json';
  const url = new URL(filled.slice(1) + (query.size ? '?' + query : ''), home);
  return { method: method.toUpperCase(), url, headers, text };
}

function curl(r, keyed) {
  const parts = ['curl -s ' + (r.method === 'GET' ? '' : '-X ' + r.method + ' ') + quoted(r.url.href)];
  if (keyed) parts.push('-H "x-grps-api-key: $GRPS_API_KEY"');
  for (const [name, value] of Object.entries(r.headers)) parts.push('-H ' + quoted(name + ': ' + value));
  if (r.text) parts.push('-d ' + quoted(r.text));
  return parts.join(' \\\n  ');
}

function attempt(method, path, operation) {
  const media = follow(operation.requestBody).content?.['application/json'];
  const keyed = (operation.security || []).some((need) => 'key' in need);
  const inputs = parametersOf(operation).map((parameter) => ({
    parameter,
    input: el('input', { value: parameter.in === 'path' ? String(parameter.example ?? '') : '', placeholder: parameter.example ?? '', autocomplete: 'off', spellcheck: 'false' }),
  }));
  const example = examplesOf(media)[0];
  const area = media ? el('textarea', { spellcheck: 'false', autocomplete: 'off' }) : null;
  if (area && example) area.value = pretty(example.value);
  const now = () => request(method, path, inputs, area ? area.value.trim() : '');
  const line = copyable(curl(now(), keyed));
  const answer = copyable('');
  answer.node.hidden = true;
  const state = el('span', { role: 'status' });
  const send = async () => {
    const r = now();
    const key = document.getElementById('key').value;
    state.textContent = 'Waiting …';
    try {
      const response = await fetch(r.url, {
        method: r.method, headers: { ...r.headers, ...(key && keyed ? { 'x-grps-api-key': key } : {}) }, body: r.text || undefined,
        credentials: 'omit', cache: 'no-store', redirect: 'error', referrerPolicy: 'no-referrer',
      });
      const text = await response.text();
      let shown = text;
      try { shown = pretty(JSON.parse(text)); } catch { /* it is no JSON, and shown as it is */ }
      state.textContent = response.status + ' ' + response.statusText;
      answer.update(shown);
      answer.node.hidden = !shown;
    } catch (error) {
      state.textContent = 'No answer: ' + error.message;
      answer.node.hidden = true;
    }
  };
  const form = el('div', { class: 'try', oninput: () => line.update(curl(now(), keyed)) },
    inputs.length ? el('div', { class: 'inputs' }, inputs.map(({ parameter, input }) => el('label', {}, el('span', {}, parameter.name + ', ' + parameter.in), input))) : null,
    area ? el('label', {}, el('span', {}, 'Body'), area) : null,
    el('div', { class: 'send' }, el('button', { type: 'button', onclick: send }, 'Send'), state), answer.node);
  return [el('h4', {}, 'From a shell'), line.node, el('details', {}, el('summary', {}, 'Fill in and send'), form)];
}

// ---- The page

function article(method, path, operation) {
  const scope = [...new Set((operation.security || []).flatMap((need) => Object.values(need).flat()))].join(', ');
  const node = el('article', { id: operation.operationId, tabindex: '-1' },
    el('h3', {}, el('span', { class: 'method ' + method }, method.toUpperCase()), el('a', { class: 'path', href: '#' + operation.operationId }, path), el('span', {}, operation.summary || '')));
  const fill = () => {
    if (node.dataset.filled) return;
    node.dataset.filled = 'yes';
    node.append(
      el('p', { class: 'scope' }, scope ? ['Takes a key with the scope ', el('code', {}, scope), '.'] : 'Takes no key.'),
      ...prose(operation.description),
      ...[parameters(operation), body(operation), responses(operation), attempt(method, path, operation)].flat(Infinity).filter(Boolean));
  };
  return { node, fill };
}

function words(method, path, operation) {
  const said = JSON.stringify(operation);
  const schemas = [...said.matchAll(/#\/components\/schemas\/(\w+)/g)].map((match) => Object.keys(within({ $ref: match[0] })?.properties || {}).join(' '));
  return (method + ' ' + path + ' ' + said.replace(/"\$ref":"[^"]*"/g, '') + ' ' + schemas.join(' ')).toLowerCase();
}

function show() {
  document.getElementById('title').textContent = book.info.title;
  document.title = 'API of ' + book.info.title;
  document.getElementById('about').append(...prose(book.info.description),
    el('p', {}, 'The same for programs: ', el('a', { href: new URL('openapi.json', home).href }, 'openapi.json'), ', OpenAPI ' + book.openapi + '.'));
  const main = document.getElementById('routes');
  const nav = document.getElementById('contents');
  const entries = [];
  for (const tag of book.tags) {
    const section = el('section', { class: 'tag', id: 'tag-' + tag.name }, el('h2', {}, tag.name), el('p', {}, tag.description || ''));
    const list = el('ul', {});
    for (const [path, item] of Object.entries(book.paths)) {
      for (const [method, operation] of Object.entries(item)) {
        if (!(operation.tags || []).includes(tag.name)) continue;
        const { node, fill } = article(method, path, operation);
        const link = el('a', { href: '#' + operation.operationId }, el('span', { class: 'method ' + method }, method.toUpperCase()), el('span', {}, broken(path)));
        const line = el('li', {}, link);
        list.append(line);
        section.append(node);
        entries.push({ node, fill, line, link, section, words: words(method, path, operation), id: operation.operationId });
      }
    }
    nav.append(el('div', {}, el('h2', {}, tag.name), list));
    main.append(section);
  }
  return entries;
}

// search shows the entries that have every word of the search box somewhere.
function search(entries) {
  const box = document.getElementById('search');
  const state = document.getElementById('state');
  const apply = () => {
    const wanted = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const entry of entries) {
      const fits = wanted.every((word) => entry.words.includes(word));
      entry.node.hidden = entry.line.hidden = !fits;
      found += fits;
    }
    for (const group of document.querySelectorAll('.tag, nav > div')) group.hidden = !group.querySelector('article:not([hidden]), li:not([hidden])');
    document.getElementById('about').hidden = wanted.length > 0;
    state.textContent = wanted.length ? found + ' of ' + entries.length + ' routes' : '';
  };
  box.addEventListener('input', apply);
  document.addEventListener('keydown', (event) => {
    const writing = event.target.closest?.('input, textarea');
    if (event.key === '/' && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      box.focus();
      box.select();
    } else if (event.key === 'Escape' && event.target === box) {
      box.value = '';
      apply();
    }
  });
  apply();
}

// follows fills articles in when they come near, and marks in the contents which one is at the top.
function follows(entries) {
  const near = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) if (isIntersecting) entries.find((entry) => entry.node === target).fill();
  }, { rootMargin: '150% 0px' });
  for (const entry of entries) near.observe(entry.node);
  const go = () => {
    const entry = entries.find(({ id }) => '#' + id === decodeURIComponent(location.hash));
    for (const other of entries) {
      if (other === entry) other.link.setAttribute('aria-current', 'true');
      else other.link.removeAttribute('aria-current');
    }
    if (!entry) return;
    for (const before of entries) {
      before.fill(); // so that nothing above grows afterwards and pushes it away
      if (before === entry) break;
    }
    entry.node.scrollIntoView();
    entry.node.focus({ preventScroll: true });
  };
  addEventListener('hashchange', go);
  addEventListener('beforeprint', () => entries.forEach((entry) => entry.fill()));
  go();
}

async function start() {
  try {
    const response = await fetch(new URL('openapi.json', home), { credentials: 'omit' });
    if (!response.ok) throw new Error('the service answered ' + response.status);
    book = await response.json();
    const entries = show();
    search(entries);
    follows(entries);
  } catch (error) {
    document.getElementById('state').textContent = 'The document cannot be shown: ' + error.message + '. Load the page again.';
  }
}

start();
