"""Simplified Chinese: how the engine is installed, all words of it."""

ENGINE = {
    "An AMD graphics card": "AMD 显卡",
    "An NVIDIA graphics card": "英伟达显卡",
    "An existing Python 3.11 or newer that has torch, to run the engine with. Empty: the engine "
    "that was installed here": "用来运行引擎的现有 Python，须为 3.11 或更新版本并装有 torch。留空则"
    "使用此处安装的引擎",
    "An installation is on its way: wait for it or cancel it": "正在安装：请等待完成或取消",
    "Backend": "后端",
    "Blender is offline: allow Online Access in Preferences > System > Network, or use Install "
    "from Folder, which needs no network": "Blender 处于离线状态：请在“偏好设置 > 系统 > 网络”中"
    "允许联网，或使用无需网络的“从文件夹安装”",
    "Cancel Installation": "取消安装",
    "Checking": "正在校验",
    "Delete the installed engine and free its disk space; an existing Python is left alone": "删除"
    "已安装的引擎并释放磁盘空间；现有的 Python 不受影响",
    "Download about {download}, on disk about {disk}": "下载约 {download}，占用磁盘约 {disk}",
    "Downloading": "正在下载",
    "Engine": "引擎",
    "Fetch PyTorch and what the engine needs into a folder of its own, after asking": "经确认后，将"
    " PyTorch 及引擎所需的内容下载到单独的文件夹",
    "Install": "安装",
    "Install from Folder...": "从文件夹安装...",
    "Install needs Allow Online Access in Preferences > System > Network; Install from Folder and "
    "Use Existing Python need no network": "“安装”需要在“偏好设置 > 系统 > 网络”中允许联网；“"
    "从文件夹安装”和“使用现有 Python”无需网络",
    "Install the engine from a bundle: a folder made elsewhere with python build.py bundle": "从"
    "离线包安装引擎：在别处用 python build.py bundle 制作的文件夹",
    "Into {folder}": "位置：{folder}",
    "Isoform was not installed as an extension: use an existing Python": "Isoform 不是作为扩展安装"
    "的：请使用现有的 Python",
    "No engine is installed here": "此处未安装引擎",
    "No installation is running": "没有正在进行的安装",
    "Nothing was installed yet": "尚未安装任何内容",
    "Open Log": "打开日志",
    "Preparing": "正在准备",
    "PyTorch and its libraries for {backend}": "用于 {backend} 的 PyTorch 及其库",
    "PyTorch for {backend} lies on an index of its own: choose it on PyTorch's installation page, "
    "and paste the command from there into Wheel Index": "用于 {backend} 的 PyTorch 位于单独的索引"
    "：请在 PyTorch 的安装页面上选择它，并将那里的命令粘贴到“Wheel 索引”",
    "Python's Facts": "Python 的信息",
    "Ready: torch {torch}, Python {version}": "就绪：torch {torch}，Python {version}",
    "Recognised: {backend}": "检测到：{backend}",
    "Remove Engine": "移除引擎",
    "Run the engine with a Python 3.11 or newer that has torch; it is tried out first": "用装有 tor"
    "ch 的 Python 3.11 或更新版本运行引擎；会先行测试",
    "Runs in a Python that was not checked yet": "在尚未检查的 Python 中运行",
    "Show everything that the last installation has said": "显示上次安装的全部输出",
    "Starting": "正在启动",
    "Stop the installation; what was there before stays": "停止安装；原有内容保持不变",
    "Testing": "正在测试",
    "The bundle's folder": "离线包所在的文件夹",
    "The interpreter's file, or the folder of its environment": "解释器文件，或其环境的文件夹",
    "The processor; works everywhere, and is the smallest download": "处理器；随处可用，下载量最小",
    "Unpacking": "正在解压",
    "Use Existing Python...": "使用现有 Python...",
    "What PyTorch is installed for": "PyTorch 的目标硬件",
    "What the existing Python said that it can do": "现有 Python 报告的能力",
    "What the graphics driver of this machine is for": "本机显卡驱动所对应的后端",
    "Wheel Index": "Wheel 索引",
    "Where PyTorch's build is to be had: the address after --index-url on PyTorch's installation "
    "page, or the whole command from there. Empty: where pip is configured to look": "PyTorch 版本"
    "的来源：PyTorch 安装页面上 --index-url 之后的地址，或那里的整条命令。留空则使用 pip 的配置",
    "a part is still in use, and is removed when Blender starts again": "有一部分仍在使用，下次启动"
    " Blender 时移除",
    "the engine is ready: torch {torch}": "引擎已就绪：torch {torch}",
    "the engine runs in {python}: torch {torch}": "引擎在 {python} 中运行：torch {torch}",
    "the installed engine was removed": "已移除所安装的引擎",
    "{count} min": "{count} 分钟",
    "{count} s": "{count} 秒",
    "{size} in {place}": "{size}，位于 {place}",
    "{stage}, {eta} left": "{stage}，还剩 {eta}",
}
