/** Yields the JSON value of every line of `stream`; lines and UTF-8 characters may be cut anywhere between chunks. */
export async function* jsonLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<unknown, void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', start)) {
      const line = rest.slice(start, end);
      start = end + 1;
      if (line !== '') yield JSON.parse(line);
    }
    rest = rest.slice(start);
  }
}
