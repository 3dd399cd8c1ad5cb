// Results of getaddrinfo(3) by their names there, as glibc numbers them. Constants only.

export const EAI = { NONAME: -2, AGAIN: -3, NODATA: -5 } as const;
