"""Files in the OLE2 container: old .xls, and encrypted workbooks, which are opened and closed with their
password.
"""

from __future__ import annotations

import io
from typing import Any

from crmsheet.workbook.errors import EditError, InputError

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def decrypted(data: bytes, name: str, password: str | None) -> bytes:
    """The package inside an encrypted workbook.

    InputError: no or a wrong password, an .xls, or another OLE2 file.
    """
    streams = _streams(data)
    if "EncryptedPackage" not in streams:
        raise _other(streams, name)
    if password is None:
        raise InputError(
            f"{name} 已加密；请用 --password-file 提供密码，或先在 Excel 里取消密码",
            f"{name} is encrypted; give the password with --password-file, or remove it in Excel",
        )
    import msoffcrypto  # type: ignore[import-untyped]  # heavy, and seldom needed
    from msoffcrypto.exceptions import (  # type: ignore[import-untyped]
        DecryptionError,
        FileFormatError,
        InvalidKeyError,
        ParseError,
    )

    out = io.BytesIO()
    try:
        office: Any = msoffcrypto.OfficeFile(io.BytesIO(data))
        office.load_key(password=password, verify_password=True)
        office.decrypt(out, verify_integrity=office.type == "agile" if hasattr(office, "type") else False)
    except (InvalidKeyError, DecryptionError):
        raise InputError(
            f"{name} 的密码不正确；请检查密码文件",
            f"the password of {name} is wrong; check the password file",
        ) from None
    except (FileFormatError, ParseError, ValueError, KeyError, OSError):
        raise InputError(
            f"{name} 的加密方式无法识别；请在 Excel 里取消密码后再试",
            f"the encryption of {name} is not known; remove the password in Excel",
        ) from None
    return out.getvalue()


def is_xls(data: bytes) -> bool:
    """Whether it is an old .xls (.et too), encrypted packages excepted."""
    if not data.startswith(MAGIC):
        return False
    streams = {stream.lower() for stream in _streams(data)}
    return "encryptedpackage" not in streams and bool(streams & {"workbook", "book"})


def encrypted(data: bytes, password: str) -> bytes:
    """The package encrypted under the password (agile, AES-256).

    EditError when it cannot be read back the same.
    """
    from msoffcrypto.format.ooxml import OOXMLFile  # type: ignore[import-untyped]

    out = io.BytesIO()
    office: Any = OOXMLFile(io.BytesIO(data))
    office.encrypt(password, out)
    sealed = out.getvalue()
    try:
        intact = decrypted(sealed, "", password) == data
    except InputError:  # the library seals packages under 4 KB in a way that nothing can open
        intact = False
    if not intact:
        raise EditError(
            "重新加密后的内容与预期不符，已放弃写入",
            "what was encrypted does not read back the same; nothing was written",
        )
    return sealed


def _streams(data: bytes) -> set[str]:
    import olefile  # type: ignore[import-untyped]

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as container:
            return {"/".join(entry) for entry in container.listdir()}
    except (OSError, ValueError, IndexError):
        return set()


def _other(streams: set[str], name: str) -> InputError:
    if {s.lower() for s in streams} & {"workbook", "book"}:
        return InputError(
            f"{name} 是旧版 .xls（BIFF）格式，不能写回（check 可以读）；请用 Excel 另存为 .xlsx",
            f"{name} is an old .xls (BIFF) workbook, which check reads and nothing writes; save it as .xlsx from Excel",
        )
    return InputError(
        f"{name} 是 OLE2 文件，但不是工作簿；请提供 .xlsx 或 .xlsm 文件",
        f"{name} is an OLE2 file but no workbook; give an .xlsx or .xlsm file",
    )
