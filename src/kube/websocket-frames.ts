/** Kinds of WebSocket frames (RFC 6455, 5.2). */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** One frame as it came. A message may be cut into several: the first has the opcode, the others are continuations. */
export interface Frame {
  opcode: number;
  /** Whether it is the last of its message. */
  final: boolean;
  payload: Buffer;
}

const headerBytes = 2;
const maskBytes = 4;

/** Returns a frame of a client, which is always masked: `mask` has 4 bytes. Control frames have at most 125 bytes. */
export function encodeFrame(opcode: number, payload: Buffer, mask: Buffer): Buffer {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = Buffer.allocUnsafe(headerBytes + extended + maskBytes + length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) frame.writeUInt16BE(length, headerBytes);
  if (extended === 8) frame.writeBigUInt64BE(BigInt(length), headerBytes);
  const start = headerBytes + extended;
  mask.copy(frame, start, 0, maskBytes);
  for (let index = 0; index < length; index++) {
    frame[start + maskBytes + index] = (payload[index] ?? 0) ^ (mask[index % maskBytes] ?? 0);
  }
  return frame;
}

/**
 * Returns a reader of the frames of a server. It is given the bytes as they come, and returns the frames that they complete. Throws on a
 * masked frame, on reserved bits (no extension was asked for), and on one of more than `maxPayloadBytes`.
 */
export function createFrameReader(maxPayloadBytes: number): (bytes: Buffer) => Frame[] {
  let chunks: Buffer[] = [];
  let size = 0;
  /** Bytes that the next frame has at least. */
  let wanted = headerBytes;
  return (bytes) => {
    const frames: Frame[] = [];
    chunks.push(bytes);
    size += bytes.length;
    // Joining only what is enough for a frame keeps a frame in many pieces from being copied for each of them.
    while (size >= wanted) {
      const all = chunks.length === 1 ? (chunks[0] ?? bytes) : Buffer.concat(chunks);
      const read = readFrame(all, maxPayloadBytes);
      wanted = read.frame ? headerBytes : read.wanted;
      const rest = read.frame ? all.subarray(read.wanted) : all;
      if (read.frame) frames.push(read.frame);
      chunks = [rest];
      size = rest.length;
    }
    return frames;
  };
}

/** Reads the frame at the start of `bytes`; without one `wanted` says how many bytes it needs, with one how many it has. */
function readFrame(bytes: Buffer, maxPayloadBytes: number): { wanted: number; frame?: Frame } {
  const [first = 0, second = 0] = bytes;
  if ((first & 0x70) !== 0) throw new Error('a WebSocket frame has reserved bits');
  if ((second & 0x80) !== 0) throw new Error('a WebSocket frame of the server is masked');
  const short = second & 0x7f;
  const start = headerBytes + (short === 126 ? 2 : short === 127 ? 8 : 0);
  if (bytes.length < start) return { wanted: start };
  const length =
    short === 126
      ? bytes.readUInt16BE(headerBytes)
      : short === 127
        ? Number(bytes.readBigUInt64BE(headerBytes))
        : short;
  if (length > maxPayloadBytes) throw new Error(`a WebSocket frame has ${length} bytes`);
  const end = start + length;
  if (bytes.length < end) return { wanted: end };
  return {
    wanted: end,
    frame: { opcode: first & 0x0f, final: (first & 0x80) !== 0, payload: bytes.subarray(start, end) },
  };
}
