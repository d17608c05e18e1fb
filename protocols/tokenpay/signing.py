"""The signature of TokenPay: over all fields but `Signature`, sorted by name in ASCII order, joined as `Name=value` with `&`.

Unlike with its relatives fields with an empty value stay in, as `Name=`; null is no field at all. The key is appended and the MD5 taken,
in lower-case hex; whoever switched the installation to HMAC-SHA256 gets that, with the same text and key. Messages are JSON; numbers are
signed as decimals, and amounts in notices are texts and signed as they stand. There is no time in it: a copied notice stays genuine for
ever, about the same order, trade and amount. (Source: the project's guide and public code; the guide and its shop plug-ins disagree on
empty values, so that is a setting.)
"""

import hashlib
import hmac
from collections.abc import Mapping

from protocols.errors import EmptyKey
from protocols.form import joined
from protocols.tokenpay.variant import TOKENPAY, TokenPayVariant

SIGNATURE = "Signature"


def canonical(texts: Mapping[str, str], *, variant: TokenPayVariant = TOKENPAY) -> str:
    """The text that is signed, without the key."""
    return joined({name: value for name, value in texts.items() if name != SIGNATURE and (value or variant.is_empty_kept)})


def sign(texts: Mapping[str, str], key: str, *, variant: TokenPayVariant = TOKENPAY) -> str:
    """The signature of a message's texts (see `protocols.exact_json.signed_texts`), lower-case hex; raises EmptyKey."""
    if not key.strip():
        raise EmptyKey("tokenpay")
    text = canonical(texts, variant=variant)
    if variant.is_hmac:
        return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
    return hashlib.md5((text + key).encode(), usedforsecurity=False).hexdigest()


def verify(texts: Mapping[str, str], key: str, *, variant: TokenPayVariant = TOKENPAY) -> bool:
    """Whether the message's `Signature` is that of its texts, compared in constant time; raises EmptyKey."""
    return hmac.compare_digest(sign(texts, key, variant=variant).encode(), texts.get(SIGNATURE, "").encode("utf-8", "surrogatepass"))
