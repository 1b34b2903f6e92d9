"""An emulator of three messaging providers' HTTP APIs: Altcraft, RCS (One API) and AutoSend."""

__version__ = "0.1.0"
