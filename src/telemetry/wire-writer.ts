/** Protobuf's wire format, as far as OTLP needs it. */
export function message(field: number, parts: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(parts);
  return Buffer.concat([tag(field, 2), varint(BigInt(bytes.length)), bytes]);
}

export function text(field: number, value: string): Buffer {
  return message(field, [Buffer.from(value)]);
}

/** Negative numbers in two's complement of 64 bits, as `int64` has it. */
export function integer(field: number, value: bigint): Buffer {
  return Buffer.concat([tag(field, 0), varint(BigInt.asUintN(64, value))]);
}

export function fixed64(field: number, value: bigint): Buffer {
  return Buffer.concat([tag(field, 1), eight(value)]);
}

export function double(field: number, value: number): Buffer {
  return Buffer.concat([tag(field, 1), doubleBytes(value)]);
}

export function packedFixed64(field: number, values: readonly bigint[]): Buffer {
  return message(field, values.map(eight));
}

export function packedDoubles(field: number, values: readonly number[]): Buffer {
  return message(field, values.map(doubleBytes));
}

function eight(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes;
}

function doubleBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

function tag(field: number, wireType: number): Buffer {
  return varint(BigInt((field << 3) | wireType));
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}
