// Attention over keys, without the matrix of scores.
#ifndef ETCH_OPS_ATTENTION_TD
#define ETCH_OPS_ATTENTION_TD

include "ir/dialect/EtchBase.td"

def Etch_AttentionTensor : RankedTensorOf<[F32, F64]>;
def Etch_AttentionMask : RankedTensorOf<[I1, F32, F64]>;

class Attention_Op<string mnemonic> : Etch_Op<mnemonic, [Pure, InferredByRule]> {
  let family = "Attention";
  let publicSignature = "-";
}

def DotProductAttentionOp : Attention_Op<"dot_product_attention"> {
  let summary = "values averaged with the softmax of the products of queries and keys";
  let description = [{
    score = query . key^T for each of the leading axes, query [..., n, d], key [..., m, d], value [..., m, e]; result
    [..., n, e] is softmax(score) . value, logsumexp [..., n] the logarithm of the sum of e^score. A bool mask says which
    keys a query sees, any other is added to the scores; it has the axes of the scores, of which all but the last may have
    extent 1. causal = 1: query i sees keys 0 to i only. A query that sees no key has result 0 and logsumexp inf, so that
    e^(score - logsumexp) is 0.

    Written out as dot_general and softmax where a kernel of its own does not pay and under policy strict
    (passes/lower/LowerAttention.cpp). Scores are computed block by block otherwise and never stored.
  }];
  let arguments = (ins Etch_AttentionTensor:$query, Etch_AttentionTensor:$key, Etch_AttentionTensor:$value,
      Optional<Etch_AttentionMask>:$mask, I64Attr:$causal);
  let results = (outs Etch_AttentionTensor:$result, Etch_AttentionTensor:$logsumexp);
  let assemblyFormat = [{
    $query `,` $key `,` $value (`mask` `=` $mask^)? `causal` `=` $causal attr-dict `:` functional-type(operands, results)
  }];
}

def DotProductAttentionGradientOp : Attention_Op<"dot_product_attention_gradient"> {
  let summary = "the derivatives of dot_product_attention by query, key and value";
  let description = [{
    From the cotangent g of the result, with p = e^(score - logsumexp) and s = p * (g . value^T - delta), where delta is
    one number for each query (the sum of g * result, less the cotangent of logsumexp): s . key, s^T . query and p^T . g.
    Scores are computed again, block by block, from the logsumexp that dot_product_attention left. (Dao, FlashAttention-2,
    2023, section 3.1.)
  }];
  let arguments = (ins Etch_AttentionTensor:$query, Etch_AttentionTensor:$key, Etch_AttentionTensor:$value,
      Etch_AttentionTensor:$g, Etch_AttentionTensor:$logsumexp, Etch_AttentionTensor:$delta,
      Optional<Etch_AttentionMask>:$mask, I64Attr:$causal);
  let results = (outs Etch_AttentionTensor:$by_query, Etch_AttentionTensor:$by_key, Etch_AttentionTensor:$by_value);
  let assemblyFormat = [{
    $query `,` $key `,` $value `of` $g `,` $logsumexp `,` $delta (`mask` `=` $mask^)? `causal` `=` $causal attr-dict
    `:` functional-type(operands, results)
  }];
}

#endif
